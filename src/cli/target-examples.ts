import type { Example } from './examples.ts';

/** The words for a target in the examples of every command that takes one. */
const WORDS: Readonly<Record<string, readonly [words: string, what: string]>> = {
  me: ['me', 'your own drive'],
  drive: ['drive \'b!4sCT1f9z…\'', 'a drive; in quotes, since ! is special in bash'],
  group: ['group 02bd9fd6-8f93-4758-87c3-1fb73740a315', 'a group\'s drive'],
  user: ['user ada@contoso.com', 'somebody\'s OneDrive'],
  list: ['list https://contoso.sharepoint.com/sites/team Documents', 'a library'],
};

/** More of what `watch` can do, by target. */
const WATCH: Readonly<Record<string, readonly Example[]>> = {
  me: [
    ['graph-watch watch me --changes', 'what changes from now on'],
    ['graph-watch watch me --resume | jq .item.path', 'continue where the last run stopped'],
    ['graph-watch watch me --changes -n 1 -t 5m', 'wait for one change'],
    ['graph-watch watch me --changes --path \'/Reports/**\' -- ./script.sh', 'run a script for each change'],
  ],
  site: [['graph-watch watch site https://contoso.sharepoint.com/sites/team --changes', 'every library of the site']],
  many: [
    ['graph-watch watch many targets.txt --changes', 'every target in a file'],
    ['graph-watch drives | jq -r .target | graph-watch watch many - --changes', 'everything you can watch'],
    ['graph-watch watch many targets.txt --cluster prod --nats nats://nats:4222', 'watch a share of the targets on each of several machines'],
  ],
};

/** `targetExamples` returns the examples of `watch drive`, `cursor me` and so on. */
export function targetExamples(group: string, kind: string): readonly Example[] {
  const own = group === 'watch' ? WATCH[kind] : undefined;
  if (own !== undefined) return own;
  const [words = '', what = ''] = WORDS[kind] ?? [];
  return [[`graph-watch ${group} ${words}${group === 'watch' && kind !== 'list' ? ' --changes' : ''}`, what]];
}

/** `groupExamples` returns the examples of `watch`, `endpoint` and `cursor` themselves. */
export function groupExamples(group: string): readonly Example[] {
  switch (group) {
    case 'watch':
      return [
        ['graph-watch watch me --changes', 'your own drive'],
        ['graph-watch watch \'https://contoso.sharepoint.com/sites/team/Docs/Reports\'', 'a folder, by the address in your browser'],
        ['graph-watch watch list https://contoso.sharepoint.com/sites/team Documents', 'a library, by its title'],
      ];
    case 'endpoint':
      return [['graph-watch endpoint me | jq -r .notificationUrl', 'the URL to connect to']];
    default:
      return [['cursor=$(graph-watch cursor me)', 'before you make a change'], ['graph-watch watch me --after "$cursor" -n 1', 'wait for it afterwards']];
  }
}
