import { forwardTarget, type ForwardTarget } from '../../actions/forward.ts';
import { usageError } from '../../errors.ts';

/** ActionFlags are the flags of `watch` that act on events, as commander gives them. */
export interface ActionFlags {
  onBusy?: 'queue' | 'drop';
  /** Milliseconds. */
  debounce?: number;
  batch?: boolean;
  failFast?: boolean;
  forward?: string;
  forwardHeader?: string[];
  forwardInsecure?: boolean;
}

/** ActionOptions is what is done with each event besides printing it. */
export interface ActionOptions {
  /** A program with its arguments. */
  command: readonly [string, ...string[]] | undefined;
  forward: ForwardTarget | undefined;
  onBusy: 'queue' | 'drop';
  debounceMs: number | undefined;
  batch: boolean;
  failFast: boolean;
}

/** `actionOptions` checks what to do with events; `undefined` means nothing. `words` are those after `--`, if there was one. */
export function actionOptions(flags: ActionFlags, words: readonly string[] | undefined): ActionOptions | undefined {
  const { forward, forwardHeader = [], forwardInsecure = false, onBusy = 'queue', debounce, batch = false, failFast = false } = flags;
  const [program, ...args] = words ?? [];
  if (words !== undefined && (program === undefined || program === '')) throw usageError('Missing command after --.', 'For example: graph-watch watch me --changes -- ./script.sh');
  if (forward === undefined && (forwardHeader.length > 0 || forwardInsecure)) throw usageError('--forward-header and --forward-insecure need --forward.', 'Add --forward <url>.');
  const wanted = program !== undefined || forward !== undefined;
  if (!wanted && (flags.onBusy !== undefined || debounce !== undefined || batch || failFast)) {
    throw usageError('--on-busy, --debounce, --batch and --fail-fast need a command or --forward.', 'Add -- command args…, or --forward <url>.');
  }
  if (!wanted) return undefined;
  return {
    command: program === undefined ? undefined : [program, ...args],
    forward: forward === undefined ? undefined : forwardTarget(forward, forwardHeader, forwardInsecure),
    onBusy, debounceMs: debounce, batch, failFast,
  };
}
