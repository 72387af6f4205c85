import { WatchError } from '../errors.ts';
import { createPeople } from '../output/people.ts';
import { isInteractive } from '../output/terminal.ts';
import { createRedactor } from '../lib/redactor.ts';
import { report } from '../app/report.ts';
import type { Surroundings } from '../surroundings.ts';
import type { CommandContext } from '../app/context.ts';
import { createContext } from '../app/create-context.ts';
import { Interruption, interruptions } from '../app/interruptions.ts';
import { readSettings, type GlobalFlags } from '../app/settings.ts';
import type { OnBadSettings } from './run.ts';

/** `execute` runs one command in a context made from the global flags; resolves with the exit code, never rejects. */
export async function execute(
  flags: GlobalFlags,
  command: (context: CommandContext) => Promise<unknown>,
  surroundings: Surroundings,
  onBadSettings?: OnBadSettings,
): Promise<number> {
  const redactor = createRedactor();
  const debug = flags.debug ?? false;
  let { cloud } = flags;
  let people = createPeople({ stderr: surroundings.stderr, redactor, quiet: false, debug, color: false });
  const interrupted = interruptions(surroundings, (fault) => { report(fault, people, { debug, cloud }); });
  const { signal, onHangup, onAbruptExit } = interrupted;
  try {
    const settings = await readSettings(flags, surroundings.env).catch(async (error: unknown) => {
      if (error instanceof WatchError) await onBadSettings?.(error, surroundings);
      throw error;
    });
    ({ cloud } = settings);
    const color = settings.color ?? surroundings.stderr.isTTY === true;
    people = createPeople({ stderr: surroundings.stderr, redactor, quiet: settings.quiet, debug, color, animate: isInteractive(surroundings), onSuspend: surroundings.onSuspend });
    const { context, close } = createContext({ surroundings, settings, redactor, people, signal, onHangup, onAbruptExit });
    try {
      const code = await command(context);
      if (interrupted.fault !== undefined) throw interrupted.fault;
      return typeof code === 'number' ? code : 0;
    } finally {
      await close();
    }
  } catch (error) {
    const reason: unknown = error instanceof Interruption ? error : signal.reason;
    if (interrupted.fault === undefined && reason instanceof Interruption) return reason.exitCode;
    return report(interrupted.fault ?? error, people, { debug, cloud });
  } finally {
    interrupted.release();
  }
}
