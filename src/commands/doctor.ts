import { Chalk } from 'chalk';
import type { CommandContext } from '../app/context.ts';
import { actsAsItself } from '../app/graph-access.ts';
import { printAll } from '../app/printing.ts';
import { examine, withoutSettings, type Examination, type Outcome } from '../doctor/doctor.ts';
import type { WatchError } from '../errors.ts';
import { readTarget } from '../graph/target-words.ts';
import type { Surroundings } from '../surroundings.ts';
import { checkSingleDrive, findDrive, type SingleDrive } from '../watch/finding/find-target.ts';

export interface DoctorFlags {
  /** JSON even on a terminal. */
  json?: boolean;
  /** The folder in which a small file may be made for a moment. */
  probe?: string;
  redeem?: boolean;
}

/** The assumed width of a terminal of unknown size. */
const USUAL_COLUMNS = 80;

/**
 * `runDoctor` tests each step on the way to the first change, and shows what it found: as text on a terminal, step by
 * step, as JSON otherwise. Resolves with the exit code of the first step that failed; as JSON it throws that error instead.
 */
export async function runDoctor(context: CommandContext, words: readonly string[], { json = false, probe, redeem = false }: DoctorFlags): Promise<number> {
  const wanted = wantedOf(context, words);
  const { surroundings: { stdout }, settings, people } = context;
  const asText = !json && stdout.isTTY === true;
  let waiting = { stop: (): void => undefined };
  const steps = examine(context, {
    findTarget: wanted === undefined ? undefined : async (get, signal) => (await findDrive(context, wanted, { get, signal, redeem })).target,
    isOwnDrive: wanted?.kind === 'target' && wanted.target.kind === 'me',
    probeFolder: probe,
    onStart: (step) => { waiting = people.waiting(`testing: ${step}`); },
  });
  let outcome: Outcome | undefined;
  try {
    if (asText) {
      await printAll(stdout, text());
      return outcome?.examination.exitCode ?? 0;
    }
    for await (const result of steps) {
      waiting.stop();
      if ('examination' in result) outcome = result;
    }
    await context.answer(outcome?.examination);
    if (outcome?.error !== undefined) throw outcome.error;
    return 0;
  } finally {
    waiting.stop();
  }

  async function* text(): AsyncGenerator<string, void, undefined> {
    // Measuring the width of text takes longer to load than all commands together.
    const { paragraph, stepLines } = await import('../doctor/step-lines.ts');
    const summary = ({ steps, report, exitCode }: Examination, columns: number): string => {
      const failed = steps.filter(({ result }) => result === 'failed').map(({ step }) => step);
      const result = failed.length === 0 ? 'Everything works.' : `Failed: ${failed.join(', ')} (exit code ${exitCode}).`;
      return `${paragraph('Summary for a bug report (contains no names of people or drives):', columns)}\n${paragraph(report, columns)}\n${paragraph(result, columns)}`;
    };
    const chalk = new Chalk({ level: settings.color ?? true ? 1 : 0 });
    const columns = stdout.columns === undefined || stdout.columns === 0 ? USUAL_COLUMNS : stdout.columns;
    for await (const result of steps) {
      waiting.stop();
      if ('examination' in result) outcome = result;
      yield 'examination' in result ? `\n${summary(result.examination, columns)}` : stepLines(result, chalk, columns);
    }
  }
}

/** `answerWithoutSettings` is the JSON answer of `doctor` where the settings cannot be used. */
export function answerWithoutSettings({ stdout }: Surroundings, error: WatchError, { json = false }: DoctorFlags): void {
  // People see the error, which says everything.
  if (json || stdout.isTTY !== true) stdout.write(`${JSON.stringify(withoutSettings(error))}\n`);
}

/** The drive that was named; otherwise that of the signed-in user, if a user signs in. */
function wantedOf(context: CommandContext, words: readonly string[]): SingleDrive | undefined {
  if (words.length > 0) return checkSingleDrive(context, readTarget(words));
  return actsAsItself(context) ? undefined : { kind: 'target', target: { kind: 'me' } };
}
