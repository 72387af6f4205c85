import { describe, expect, it } from '@jest/globals';
import { main } from '../../../src/main.ts';
import { fakeSurroundings } from '../../support/fake-surroundings.ts';

const GUID = '11111111-2222-3333-4444-555555555555';
const ITEM = '01BYE5RZ6QN3ZWBTUFOFD3GSPGOHDJD36K';
const URL = 'https://contoso.sharepoint.com/sites/team';

/** What newcomers type, and what they read: what is wrong, and what would work. */
const MISTAKES: readonly (readonly [argv: readonly string[], wrong: string, fix: string])[] = [
  // Something else where an id belongs
  [['watch', 'drive', 'Documents'], 'Specify a drive by its id, not by its name "Documents".', 'To find it: graph-watch drives Documents. Or specify its site: graph-watch watch list <site> Documents'],
  [['watch', 'drive', 'Shared Documents'], 'Specify a drive by its id, not by its name "Shared Documents".', 'To find it: graph-watch drives \'Shared Documents\'. Or specify its site: graph-watch watch list <site> \'Shared Documents\''],
  [['watch', 'drive', 'ada@example.com'], '"ada@example.com" is the sign-in name of a user, not a drive id.', 'To watch that user\'s OneDrive: graph-watch watch user ada@example.com'],
  [['watch', 'drive', GUID], `"${GUID}" is a GUID, but drive ids are not.`, `If it is a group's: graph-watch watch group ${GUID}. If it is a user's: graph-watch watch user ${GUID}`],
  [['watch', 'drive', ITEM], `"${ITEM}" is the id of an item, not of a drive.`, 'Use its address from the browser, or find the drive: graph-watch drives'],
  [['watch', 'drive', '4F0C2A9B71D3E586!123'], '"4F0C2A9B71D3E586!123" is the id of an item, not of a drive.', 'Its drive: graph-watch watch drive 4F0C2A9B71D3E586'],
  [['watch', 'drive', URL], `"${URL}" is an address, not a drive id.`, `Use the address on its own: graph-watch watch ${URL}`],
  [['watch', 'drive', `${URL}?e=secret`], `"${URL}?…" is an address, not a drive id.`, 'Use the address on its own: graph-watch watch \'<address>\''],
  [['watch', 'drive', 'me'], '"me" is not a drive: it is your own drive.', 'Try: graph-watch watch me'],
  [['watch', 'drive', 'drive:b!x'], '"drive:b!x" is already a complete target.', 'Try: graph-watch watch \'drive:b!x\''],
  [['watch', 'drive', 'b'], '"b" is not a drive id: the shell swallowed the rest of it.', 'Put the id in single quotes, since ! is special in bash: \'b!…\''],
  [['watch', 'group', 'eng@contoso.com'], 'Specify a group by its id, not by its address "eng@contoso.com".', 'To find it: graph-watch drives eng. For a user: graph-watch watch user eng@contoso.com'],
  [['watch', 'group', 'Engineering'], 'Specify a group by its id, not by its name "Engineering".', 'To find it: graph-watch drives Engineering.'],
  [['watch', 'user', 'Ada Lovelace'], 'Specify a user by sign-in name or id, not by display name: "Ada Lovelace".', 'For example: ada@contoso.com'],
  [['watch', 'user', 'b!abc'], '"b!abc" is the id of a drive, not of a user.', 'Try: graph-watch watch drive \'b!abc\''],
  [['watch', 'site', 'Engineering'], 'Specify a site by its URL, not by its name "Engineering".', 'To find it: graph-watch drives Engineering. Or use its URL, such as https://contoso.sharepoint.com/sites/team.'],
  [['watch', 'site', '/sites/team'], '"/sites/team" does not say which host the site is on.', 'For example: graph-watch watch site https://contoso.sharepoint.com/sites/team'],
  [['watch', 'list', 'Documents'], 'Which site does the library "Documents" belong to?', 'To find it: graph-watch drives Documents. Or specify the site: graph-watch watch list <site> Documents'],
  [['watch', 'list', 'contoso.sharepoint.com:/sites/a'], 'Which library of contoso.sharepoint.com:/sites/a?', 'All of them: graph-watch watch site contoso.sharepoint.com:/sites/a. One: graph-watch watch list contoso.sharepoint.com:/sites/a <list>'],
  [['watch', 'list', 'Documents', URL], 'The site comes before the library.', `Try: graph-watch watch list ${URL} Documents`],
  // A word too few
  [['watch', 'Documents'], '"Documents" alone is not a target.', 'To find it: graph-watch drives Documents. Your own drive: graph-watch watch me'],
  [['watch', 'ada@example.com'], '"ada@example.com" alone is not a target.', 'To watch that user\'s OneDrive: graph-watch watch user ada@example.com'],
  [['watch', 'b!abc'], '"b!abc" alone is not a target.', 'If it is a drive\'s id: graph-watch watch drive \'b!abc\''],
  [['watch', GUID], `"${GUID}" alone is not a target.`, `A group: graph-watch watch group ${GUID}. A user: graph-watch watch user ${GUID}`],
  [['watch', 'contoso.sharepoint.com:/sites/a'], '"contoso.sharepoint.com:/sites/a" is a site, which can have several libraries.', 'All of them: graph-watch watch site contoso.sharepoint.com:/sites/a. One: graph-watch watch list contoso.sharepoint.com:/sites/a <list>'],
  [['watch', '/Reports'], '"/Reports" is a path, but does not say in which drive.', 'In yours: graph-watch watch me --changes --path \'/Reports/**\''],
  [['watch', '--changes'], 'Missing target.', 'For your own drive: graph-watch watch me --changes …. For others, see graph-watch watch --help.'],
  [['drive', 'b!x', '--changes'], '"drive" is not a command; it is a target for watch.', 'Try: graph-watch watch drive \'b!x\' --changes'],
  [['me', '--changes'], 'unknown command \'me\' (Did you mean watch me?)', 'Try: graph-watch watch me --changes'],
  [[URL], 'Missing command.', `To watch that address: graph-watch watch ${URL}`],
  // A name instead of a target
  [['watch', 'contracts'], '"contracts" is not a valid target.', 'To find a drive by its name: graph-watch drives contracts. Targets: graph-watch watch --help'],
  [['cursor', 'contracts', '2026'], '"contracts 2026" is not a valid target.', 'To find a drive by its name: graph-watch drives \'contracts 2026\'. Targets: graph-watch cursor --help'],
  [['watch', 'contracts', '-n', '5', '--json', '--by=Ada', '--resume', 'daily'], '"contracts" is not a valid target.', 'To find a drive by its name: graph-watch drives contracts. Targets: graph-watch watch --help'],
  // A word too many
  [['watch', 'me', 'Documents'], 'Unexpected argument after watch me: "Documents".', 'If that is a folder: graph-watch watch me --changes --path \'/Documents/**\'. If it is a command: graph-watch watch me --changes -- Documents'],
  [['watch', 'me', '--changes', './script.sh', 'x y'], 'Unexpected argument after watch me: "./script.sh".', 'A command to run for each event goes last, after --: graph-watch watch me --changes -- ./script.sh \'x y\''],
  [['watch', 'drive', 'b!x', 'node', 'a.js'], 'Unexpected argument after watch drive: "node".', 'A command to run for each event goes last, after --: graph-watch watch drive \'b!x\' -- node a.js'],
  [['watch', 'me', '-n', '5', 'Documents'], 'Unexpected argument after watch me: "Documents".', 'If that is a folder: graph-watch watch me --changes --path \'/Documents/**\'. If it is a command: graph-watch watch me --changes -- Documents'],
  [['watch', 'drive', '--list', 'b!x', 'Documents'], 'Unexpected argument after watch drive: "Documents".', 'If that is a folder: graph-watch watch drive \'b!x\' --changes --path \'/Documents/**\'. If it is a command: graph-watch watch drive \'b!x\' --changes -- Documents'],
  [['watch', 'me', URL], 'Only one target is allowed; you already gave "me".', 'For several targets: graph-watch watch many <file>'],
  // Quotes, hyphens and the shell
  [['watch', 'drive b!x'], '"drive b!x" is a single argument because of the quotes.', 'Remove the quotes: graph-watch watch drive \'b!x\''],
  [['watch', 'https://contoso.sharepoint.com/sites/team/Shared', 'Documents'], 'The address contains spaces, so the shell split it.', 'Put it in quotes: graph-watch watch \'<address>\''],
  [['watch', 'me', '—changes'], '"—changes" begins with a dash, not with two hyphens.', 'Type it: --changes'],
  [['watch', 'me', '-changes'], 'unknown option \'-changes\' (Did you mean --changes?)', 'Long options begin with two hyphens.'],
  [['watch', '--resume', 'me'], '--resume took "me" as its value, so there is no target.', 'Put the target first: graph-watch watch me … --resume'],
  // Names of commands, options and values
  [['wacth', 'me'], 'unknown command \'wacth\' (Did you mean watch?)', 'See graph-watch --help.'],
  [['watch', 'mee'], 'unknown command \'mee\' (Did you mean me?)', 'See graph-watch watch --help.'],
  [['listen', 'me'], 'unknown command \'listen\' (Did you mean watch?)', 'Try: graph-watch watch me'],
  [['whoami'], 'unknown command \'whoami\' (Did you mean status?)', 'Try: graph-watch status'],
  [['watch', 'me', '--ouput', 'pretty'], 'unknown option \'--ouput\' (Did you mean --output?)', 'See graph-watch watch me --help.'],
  [['watch', 'me', '--cluster', 'prod'], '--cluster is for watch many: a single drive cannot be shared.', 'For a list of targets: graph-watch watch many <file> --cluster <name> --nats <url>'],
  [['watch', '--lease', '20s'], '--lease is for watch many: a single drive cannot be shared.', 'For a list of targets: graph-watch watch many <file> --cluster <name> --nats <url>'],
  [['watch', 'many', 'targets.txt', '--cluster', 'prod', '--nats', 'localhost', '--once'], '--once cannot be used with --cluster: a cluster watches until it is stopped.', 'Without --cluster: watch many <file> --once --resume.'],
  [['watch', 'many', 'targets.txt', '--cluster', 'prod'], '--cluster needs --nats: the members of a cluster share a bucket in NATS.', 'Add --nats <url>, or set NATS_URL.'],
  [['watch', 'many', '-', '--cluster', 'prod', '--nats', 'localhost'], '--cluster needs the list of targets in a file: stdin cannot be read again.', 'Write it to a file.'],
  [['cluster', 'status', '--nats', 'localhost'], 'Missing --cluster.', 'Add --cluster <name>, the name that the members were started with.'],
  [['cluster', 'drain', 'web-1', '--cluster', 'prod'], 'Missing --nats.', 'Add --nats <url>, or set NATS_URL: the state of a cluster is in NATS.'],
  [['watch', 'me', '--verbose'], 'unknown option \'--verbose\' (Did you mean --debug?)', 'See graph-watch watch me --help.'],
  [['watch', 'me', '--exec', 'x'], 'unknown option \'--exec\'', 'A command to run for each event goes last, after --: graph-watch watch me -- ./script.sh'],
  [['watch', 'me', '-o', 'jason'], 'option \'-o, --output <format>\' argument \'jason\' is invalid. Allowed choices are pretty, ndjson, cloudevents. (Did you mean json?)', 'See graph-watch watch me --help.'],
  [['watch', 'me', '--count', 'abc'], 'option \'-n, --count <n>\' argument \'abc\' is invalid. Must be a positive integer.', 'See graph-watch watch me --help.'],
  [['watch', 'me', '-t', '5'], 'option \'-t, --timeout <duration>\' argument \'5\' is invalid. Write it like 500ms, 90s, 5m or 1h30m.', 'See graph-watch watch me --help.'],
  // The other commands that take a target
  [['endpoint', 'ada@example.com'], '"ada@example.com" alone is not a target.', 'To watch that user\'s OneDrive: graph-watch endpoint user ada@example.com'],
  [['cursor', 'drive', URL], `"${URL}" is an address, not a drive id.`, `Use the address on its own: graph-watch cursor ${URL}`],
];

describe('a beginner\'s mistake', () => {
  it.each(MISTAKES)('%j is wrong usage, with a hint that says what would work', async (argv, wrong, fix) => {
    const s = fakeSurroundings();
    expect(await main(argv, s)).toBe(2);
    expect([s.stdout.text, s.stderr.lines]).toEqual(['', [`error: ${wrong}`.replace('?…', '?[redacted]'), fix]]);
  });

  it.each(MISTAKES.map(([, , fix]) => fix).flatMap((fix) => [...fix.matchAll(/graph-watch ((?:watch|endpoint|cursor) [^<…]*?)(?=\. |$)/g)].map(([, line = '']) => line)).filter((line) => !line.includes('--help')))(
    'has a hint whose command line is valid: %s', async (line) => {
      const argv = [...line.matchAll(/'([^']*)'|(\S+)/g)].map(([, inQuotes, bare]) => inQuotes ?? bare ?? '');
      // It gets as far as the sign-in, or finds that there is no such program.
      expect([3, 127]).toContain(await main(argv, fakeSurroundings()));
    },
  );

  it('is not an argument that looks like an id', async () => {
    for (const argv of [['drive', 'b!4sCT1f9z'], ['drive', '4f0c2a9b71d3e586'], ['drive', 'abc'], ['group', GUID], ['user', 'ada@example.com'], ['user', GUID], ['list', 'contoso.sharepoint.com', 'Shared Documents'], ['list', `${URL}/Shared Documents`], ['site', URL], ['site', 'contoso.sharepoint.com']]) {
      expect([argv, await main(['watch', ...argv], fakeSurroundings())]).toEqual([argv, 3]);
    }
  });
});

describe('a hint that repeats the command line', () => {
  const HEADER = 'X-Api-Key: s3cret';
  const HOOK = 'https://hooks.example.com/T0/s3cret';

  it.each([
    [['watch', 'me', '--forward', HOOK, '--forward-header', HEADER, './script.sh'], 'graph-watch watch me --forward \'https://hooks.example.com/…\' --forward-header \'…\' -- ./script.sh'],
    [['watch', 'me', '--forward', 'https://h.example.com/', `--forward-header=${HEADER}`, './script.sh'], 'graph-watch watch me --forward https://h.example.com/ \'--forward-header=…\' -- ./script.sh'],
    [['listen', 'me', '--forward-header', HEADER], 'graph-watch watch me --forward-header \'…\''],
    [['me', `--forward=${HOOK}`, '--nats', 's3cret@h'], 'graph-watch watch me \'--forward=https://hooks.example.com/…\' --nats \'…\''],
    [['drive', 'b!x', '--forward', 'https://ada:s3cret@h/', '--nats', 'nats://localhost'], 'graph-watch watch drive \'b!x\' --forward \'…\' --nats nats://localhost'],
    [['me', '--webhook', HOOK, '-H', HEADER, '--token', 's3cret'], 'graph-watch watch me --webhook \'https://hooks.example.com/…\' -H \'…\' --token \'…\''],
    [['watch', 'contracts', '--forward-header', HEADER, '--nats', 'ada:s3cret@h'], 'graph-watch drives contracts.'],
    [['watch', 'me', `--header=${HEADER}`], 'unknown option \'--header\''],
    [['watch', 'me', '--tokn=s3cret'], 'unknown option \'--tokn\''],
    [['watch', 'me', '-HX-Api-Key:s3cret'], 'unknown option \'-H\''],
    // A header without quotes, which the shell splits.
    [['watch', 'me', '--forward', 'https://h/', '--forward-header', 'X-Api-Key:', 's3cret'], 'error: The shell split the value of --forward-header.\nPut it in quotes: --forward-header \'Name: value\''],
    [['watch', 'contracts', '--forward-header', 'Authorization:', 's3cret'], 'error: The shell split the value of --forward-header.'],
    [['listen', 'me', '-H', 'X-Api-Key:', 's3cret'], 'error: The shell split the value of --forward-header.'],
    [['listen', 'me', '-HX-Api-Key:', 's3cret'], 'error: The shell split the value of --forward-header.'],
    [['listen', 'me', '-HX-Api-Key:s3cret'], 'graph-watch watch me \'-H…\''],
    [['watch', '--forward-header', HEADER], 'Missing target.'],
    [['--forward-header', HEADER, 'watch', 'me'], 'unknown option \'--forward-header\''],
  ])('contains no secret: %j', async (argv, hint) => {
    const s = fakeSurroundings();
    expect(await main(argv, s)).toBe(2);
    expect(s.stderr.text).toContain(hint);
    expect(s.stdout.text + s.stderr.text).not.toContain('s3cret');
  });
});
