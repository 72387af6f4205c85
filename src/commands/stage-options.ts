import type { ForwardTarget } from '../actions/forward.ts';
import { forwardTarget } from '../actions/forward.ts';
import { checkFilter, type FilterOptions } from '../changes/filter.ts';
import { usageError } from '../errors.ts';
import type { StageFlags } from './stage-flags.ts';

/** What is done with each event besides printing it. */
export interface ActionOptions {
  /** A program with its arguments. */
  command: readonly [string, ...string[]] | undefined;
  forward: ForwardTarget | undefined;
  onBusy: 'queue' | 'drop';
  debounceMs: number | undefined;
  batch: boolean;
  failFast: boolean;
}

/** What passes of the changes, checked; `undefined` where everything does. Throws a usage error for what cannot be. */
export function filterOptions(flags: StageFlags, watchesChanges: boolean): FilterOptions | undefined {
  const { path, change, only, by, notBy, notApp } = flags;
  const given = Object.entries({ path, change, only, by, notBy, notApp }).filter(([, value]) => value !== undefined);
  const [first] = given;
  if (first === undefined) return undefined;
  if (!watchesChanges) {
    const flag = first[0].replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
    throw usageError(`--${flag} filters changes, and a notification does not say what changed.`, 'Add --changes.');
  }
  const options = Object.fromEntries(given) as FilterOptions;
  checkFilter(options);
  return options;
}

/** What to do with events, checked; `undefined` where nothing. `words` are those after `--`, if there was one. */
export function actionOptions(flags: StageFlags, words: readonly string[] | undefined): ActionOptions | undefined {
  const { forward, forwardHeader = [], forwardInsecure = false, onBusy = 'queue', debounce, batch = false, failFast = false } = flags;
  const [program, ...args] = words ?? [];
  if (words !== undefined && (program === undefined || program === '')) throw usageError('After -- comes the command to run for each event.', 'Like: graph-watch watch me --changes -- ./script.sh');
  if (forward === undefined && (forwardHeader.length > 0 || forwardInsecure)) throw usageError('Nothing is forwarded.', 'Add --forward <url>.');
  const wanted = program !== undefined || forward !== undefined;
  if (!wanted && (flags.onBusy !== undefined || debounce !== undefined || batch || failFast)) {
    throw usageError('--on-busy, --debounce, --batch and --fail-fast are about a command or a forward, and there is none.', 'Add -- command args…, or --forward <url>.');
  }
  if (!wanted) return undefined;
  return {
    command: program === undefined ? undefined : [program, ...args],
    forward: forward === undefined ? undefined : forwardTarget(forward, forwardHeader, forwardInsecure),
    onBusy, debounceMs: debounce, batch, failFast,
  };
}
