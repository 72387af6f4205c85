import type { Command } from 'commander';
import { createContext } from './commands/create-context.ts';
import { Interruption, interruptions } from './commands/interruption.ts';
import { createProgram } from './commands/program.ts';
import { readSettings } from './commands/settings.ts';
import { toError, usageError, WatchError, type ErrorCategory } from './errors.ts';
import { createPeople, type People } from './output/people.ts';
import { safeText } from './output/safe-text.ts';
import { createRedactor } from './redact.ts';
import type { Surroundings } from './surroundings.ts';

export { realSurroundings } from './surroundings.ts';

const EXIT_CODES: Readonly<Record<ErrorCategory, number>> = { internal: 1, usage: 2, auth: 3, network: 4, refused: 5 };

/**
 * The whole program: runs `argv` (without node and script) in the given surroundings and resolves
 * with the exit code. The only place where an error becomes a message and an exit code.
 */
export async function main(argv: readonly string[], surroundings: Surroundings): Promise<number> {
  const redactor = createRedactor();
  const debug = argv.includes('--debug');
  let people = createPeople({ stderr: surroundings.stderr, redactor, quiet: false, debug, color: false });
  let exitCode = 0;
  // A reader that goes away is no fault of the program; whoever writes events has a listener of its own.
  const ignore = (): void => undefined;
  surroundings.stdout.on('error', ignore);
  surroundings.stderr.on('error', ignore);
  const { signal, release } = interruptions(surroundings);
  const program = createProgram(async (flags, command) => {
    const settings = readSettings(flags, surroundings.env);
    people = createPeople({
      stderr: surroundings.stderr, redactor, quiet: settings.quiet, debug: settings.debug,
      color: settings.color ?? surroundings.stderr.isTTY === true,
    });
    const { context, close } = createContext({ surroundings, settings, redactor, people, signal });
    try {
      const code = await command(context);
      if (typeof code === 'number') exitCode = code;
    } finally {
      await close();
    }
  });
  try {
    await parse(program, argv, surroundings);
  } catch (error) {
    exitCode = signal.reason instanceof Interruption ? signal.reason.exitCode : report(error, people, debug);
  } finally {
    release();
    surroundings.stdout.off('error', ignore);
    surroundings.stderr.off('error', ignore);
  }
  return exitCode;
}

/** One to three lines on stderr: what failed, with its code and request id, and what to do next. */
function report(thrown: unknown, people: People, debug: boolean): number {
  const error = thrown instanceof WatchError ? thrown : new WatchError('internal', toError(thrown).message, { cause: thrown });
  const { category, message, requestId, hint } = error;
  people.always(`${category === 'internal' ? 'graph-watch failed unexpectedly' : 'error'}: ${safeText(message)}`);
  if (requestId !== undefined) people.always(`request-id: ${safeText(requestId)}`);
  if (hint !== undefined) people.always(safeText(hint));
  else if (category === 'internal') people.always('This is a bug; --debug shows where.');
  if (debug) people.always(stackOf(error));
  return EXIT_CODES[category];
}

function stackOf(error: Error): string {
  const causes: string[] = [];
  for (let cause: unknown = error; cause instanceof Error; cause = cause.cause) causes.push(cause.stack ?? cause.message);
  return causes.join('\ncaused by: ');
}

/** Like commander's own parsing, with its output on our streams and its errors as usage errors. */
async function parse(program: Command, argv: readonly string[], { stdout, stderr }: Surroundings): Promise<void> {
  prepare(program, {
    writeOut: (text) => { stdout.write(text); },
    // The error itself is reported by `main`; help after an error still belongs to stderr.
    writeErr: (text) => { if (!text.startsWith('error:')) stderr.write(text); },
  });
  try {
    await program.parseAsync(argv, { from: 'user' });
  } catch (error) {
    if (!isCommanderError(error)) throw error;
    if (error.exitCode === 0) return;
    if (error.code === 'commander.help') throw usageError('Which command?');
    throw usageError(error.message.replace(/^error: /, ''), 'See graph-watch --help.');
  }
}

function prepare(command: Command, output: { writeOut: (text: string) => void; writeErr: (text: string) => void }): void {
  command.exitOverride().configureOutput(output);
  for (const child of command.commands) prepare(child, output);
}

function isCommanderError(error: unknown): error is Error & { code: string; exitCode: number } {
  return error instanceof Error && 'code' in error && 'exitCode' in error && String(error.code).startsWith('commander.');
}
