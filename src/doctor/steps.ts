import { toError, WatchError } from '../errors.ts';
import { linked, unlessAborted } from '../lib/abort.ts';
import { describeDuration } from '../lib/duration.ts';
import type { Clock } from '../surroundings.ts';
import type { Journey } from './journey.ts';

export const STEP_NAMES = [
  'settings', 'proxy', 'dns', 'tls', 'clock', 'sign-in', 'scopes', 'graph', 'endpoint', 'websocket', 'namespace', 'ping', 'delta', 'probe',
] as const;
export type StepName = (typeof STEP_NAMES)[number];

/** Finding is what a step that did not fail has found. */
export interface Finding {
  detail: string;
  /** What to do about it, if something is wrong. */
  advice?: string | undefined;
  /** There was nothing to test; what follows is tested all the same. */
  skipped?: boolean;
}

/** Step is one step on the way from the settings to the first change. It rejects with a `WatchError` if it fails. */
export interface Step {
  readonly name: StepName;
  /** Without these it cannot be tested. */
  readonly needs: readonly StepName[];
  /** The longest that it may take, in milliseconds; usually 30 s. */
  readonly limitMs?: (journey: Journey) => number;
  run(journey: Journey, signal: AbortSignal): Promise<Finding>;
}

/** StepResult is what `--json` says of a step. */
export interface StepResult {
  step: StepName;
  result: 'ok' | 'failed' | 'skipped';
  /** How long it took, in milliseconds; `null` if it was not tested. */
  ms: number | null;
  detail: string;
  /** What to do next; `null` if there is nothing to do. */
  advice: string | null;
  /** Graph's request id of a failure, which Microsoft's support asks for. */
  requestId: string | null;
}

export interface StepOutcome extends StepResult {
  error: WatchError | undefined;
}

const LIMIT_MS = 30_000;

/**
 * `runSteps` tests the steps in order, and yields how each went; one that needs a step that failed is skipped. Never
 * rejects except with the signal's reason. `onStart` is called with each step that is tested.
 */
export async function* runSteps(
  steps: readonly Step[],
  journey: Journey,
  { signal, clock, onStart }: { signal: AbortSignal; clock: Clock; onStart: (step: StepName) => void },
): AsyncGenerator<StepOutcome, void, undefined> {
  /** The step whose failure keeps this one from being tested. */
  const blockedBy = new Map<StepName, StepName>();
  for (const step of steps) {
    const cause = step.needs.map((need) => blockedBy.get(need)).find((found) => found !== undefined);
    if (cause !== undefined) {
      blockedBy.set(step.name, cause);
      yield { step: step.name, result: 'skipped', ms: null, detail: `not tested: ${cause} failed`, advice: null, requestId: null, error: undefined };
      continue;
    }
    onStart(step.name);
    const outcome = await tryStep(step, journey, signal, clock);
    if (outcome.result === 'failed') blockedBy.set(step.name, step.name);
    yield outcome;
  }
}

async function tryStep(step: Step, journey: Journey, signal: AbortSignal, clock: Clock): Promise<StepOutcome> {
  const started = performance.now();
  const ms = (): number => Math.round(performance.now() - started);
  try {
    const { detail, advice = null, skipped = false } = await withinLimit(step, journey, signal, clock);
    return { step: step.name, result: skipped ? 'skipped' : 'ok', ms: skipped ? null : ms(), detail, advice, requestId: null, error: undefined };
  } catch (thrown) {
    signal.throwIfAborted();
    const error = thrown instanceof WatchError ? thrown : new WatchError('internal', toError(thrown).message, { cause: thrown, hint: 'This is a bug; --debug shows where.' });
    return { step: step.name, result: 'failed', ms: ms(), detail: error.message, advice: error.hint ?? null, requestId: error.requestId ?? null, error };
  }
}

/** Not everything obeys a signal (a token file on a network drive that hangs), but the wait ends nevertheless. */
async function withinLimit(step: Step, journey: Journey, signal: AbortSignal, clock: Clock): Promise<Finding> {
  const limitMs = step.limitMs?.(journey) ?? LIMIT_MS;
  const [overdue, done] = [new AbortController(), new AbortController()];
  void clock.sleep(limitMs, done.signal).then(() => {
    if (!done.signal.aborted) overdue.abort();
  });
  const either = linked(signal, overdue.signal);
  const attempt = either.signal;
  try {
    const running = step.run(journey, attempt);
    const found = await unlessAborted(running.catch((error: unknown) => {
      // Its error about being stopped is not why it failed.
      if (attempt.aborted) return undefined;
      throw error;
    }), attempt);
    signal.throwIfAborted();
    if (found !== undefined) return found;
    throw new WatchError('network', `no response within ${describeDuration(limitMs)}`, { code: 'timeout', hint: 'Something accepts connections but does not answer: a firewall, a proxy, or the service itself. Try another network.' });
  } finally {
    done.abort();
    // Whatever the step still waits for.
    overdue.abort();
    either.release();
  }
}
