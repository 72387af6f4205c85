import type { CommandContext } from '../app/context.ts';
import { graphAccess, tokenSource } from '../app/graph-access.ts';
import { forCloud } from '../app/report.ts';
import { exitCodeOf } from '../app/exit-codes.ts';
import type { GraphRequest } from '../graph/http.ts';
import type { Target } from '../graph/targets.ts';
import { toError, type WatchError } from '../errors.ts';
import type { Journey } from './journey.ts';
import type { Measured } from './measured.ts';
import { deltaStep, endpointStep, graphStep } from './graph-steps.ts';
import { networkSteps } from './network-steps.ts';
import { probeStep } from './probe.ts';
import { askRoot, pushSteps } from './push-steps.ts';
import { reportText } from './measured-text.ts';
import { signInSteps } from './sign-in-steps.ts';
import { runSteps, STEP_NAMES, type Step, type StepName, type StepResult } from './steps.ts';

/** In the order in which `watch` takes them. */
export const STEPS: readonly Step[] = [...networkSteps, ...signInSteps, graphStep, endpointStep, ...pushSteps, deltaStep, probeStep];

/** Examination is what `doctor --json` prints. */
export interface Examination {
  /** The exit code: of the first step that failed, 0 if none did. */
  exitCode: number;
  /** In order, all of them. */
  steps: StepResult[];
  measured: Measured;
  /** A paragraph to paste into a report. */
  report: string;
}

export interface ExamineOptions {
  findTarget: ((get: GraphRequest, signal: AbortSignal) => Promise<Target>) | undefined;
  isOwnDrive: boolean;
  probeFolder: string | undefined;
  onStart: (step: StepName) => void;
}

/** Outcome is what all the steps have shown, and why the first of them failed, if one did. */
export interface Outcome {
  examination: Examination;
  error: WatchError | undefined;
}

/** `examine` tests every step: it yields each as soon as it is done, and finally the outcome. Throws nothing but the signal's reason. */
export async function* examine(context: CommandContext, { findTarget, isOwnDrive, probeFolder, onStart }: ExamineOptions): AsyncGenerator<StepResult | Outcome, void, undefined> {
  const { signal, surroundings: { clock, platform }, settings: { cloud }, redactor: { redact } } = context;
  const tokens = tokenSource(context);
  const ends: (() => void | Promise<void>)[] = [];
  const measured: Measured = {};
  const journey: Journey = {
    context, tokens, get: graphAccess(context, tokens), findTarget, isOwnDrive, probeFolder, measured,
    onEnd: (end) => { ends.push(end); },
    contacts: new Map(), scopes: undefined, target: undefined, endpoint: undefined, push: undefined, deltaLink: undefined,
  };
  const steps: StepResult[] = [];
  let first: WatchError | undefined;
  try {
    for await (const { error, ...result } of runSteps(STEPS, journey, { signal, clock, onStart })) {
      first ??= error;
      const { advice } = result;
      const clean = { ...result, detail: redact(result.detail), advice: advice === null ? null : redact(forCloud(advice, cloud)) };
      steps.push(clean);
      yield clean;
    }
    await askRoot(journey, signal);
    const shape = journey.push?.notified.now?.value;
    if (shape !== undefined) measured.notification = { shape };
  } finally {
    // In reverse order: the connection is needed until nothing uses it.
    for (const end of ends.reverse()) await end();
  }
  signal.throwIfAborted();
  const report = redact(reportText({ cloud, platform, time: new Date(clock.now()).toISOString(), credential: tokens.kind, measured }));
  yield { examination: { exitCode: first === undefined ? 0 : exitCodeOf(first), steps, measured, report }, error: first };
}

/** `withoutSettings` is the examination if the settings cannot be used: nothing else is tested. */
export function withoutSettings(thrown: WatchError): Examination {
  const steps = STEP_NAMES.map((step): StepResult => step === 'settings'
    ? { step, result: 'failed', ms: 0, detail: thrown.message, advice: thrown.hint ?? null, requestId: null }
    : { step, result: 'skipped', ms: null, detail: 'not tested: settings failed', advice: null, requestId: null });
  return { exitCode: exitCodeOf(toError(thrown)), steps, measured: {}, report: '' };
}
