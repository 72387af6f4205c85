import { percentDecoded } from '../lib/percent-encoding.ts';
import { quoted } from './target-mistakes.ts';

/** The first rule that fits says what to do if Graph finds nothing at a path below its version; it gets what the path names. */
const RULES: readonly (readonly [path: RegExp, hint: (first: string, second: string) => string])[] = [
  [/^\/me\/drive(?:[/?]|$)/, () => 'The account may have no OneDrive yet: open it in a browser once. graph-watch status shows which account it is.'],
  [/^\/users\/([^/]+)\/drive/, (user) => `Check the spelling of "${user}". A OneDrive exists only once its user has opened it.`],
  [/^\/groups\/([^/]+)\/drive/, () => 'Check the id. To see your groups and teams: graph-watch drives'],
  [/^\/sites\/([^/:]+(?::\/[^:]+)?):?\/lists\/([^/]+)/, (site, list) => `Check the site, and the title "${list}". To see its libraries: graph-watch drives --site ${quoted(site)}`],
  [/^\/sites\/[^?]/, () => 'Check the address of the site. To search for it: graph-watch drives <words>'],
  [/^\/drives\//, () => 'Check the id. To see what you can watch: graph-watch drives'],
];

/** `missingHint` says what to do if Graph answers that nothing is there. `path` is below the Graph version. */
export function missingHint(path: string): string {
  for (const [pattern, hint] of RULES) {
    const found = pattern.exec(path);
    if (found !== null) return hint(percentDecoded(found[1] ?? ''), percentDecoded(found[2] ?? ''));
  }
  return 'Check the id.';
}
