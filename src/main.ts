import type { Command, OutputConfiguration } from 'commander';
import { createProgram, HELP_WIDTH } from './cli/program.ts';
import { targetFirst } from './cli/target-first.ts';
import type { Output, Surroundings } from './surroundings.ts';

export { realSurroundings } from './surroundings.ts';
/** For the build, which stores the pages for bin. */
export { completions, helpPages } from './cli/help-pages.ts';

/**
 * `main` is the whole program: it runs `argv` (without node and script) in the given surroundings and resolves
 * with the exit code. What a command needs is loaded only when it runs: help and version do not wait for it.
 */
export async function main(argv: readonly string[], surroundings: Surroundings): Promise<number> {
  let exitCode = 0;
  // A reader that closes the pipe is not a fault of the program; the writer of events has a listener of its own.
  // These stay: a failed write may be reported late, when everything is done (`--help | true`).
  surroundings.stdout.on('error', () => undefined);
  surroundings.stderr.on('error', () => undefined);
  const { own, words } = splitWords(argv);
  const program = createProgram(async (flags, command, onBadSettings) => {
    const { execute } = await import('./cli/execute.ts');
    exitCode = await execute(flags, command, surroundings, onBadSettings);
  }, own, words, { atTerminal: isAtTerminal(surroundings) });
  try {
    await parse(program, targetFirst(program, own), surroundings);
  } catch (error) {
    exitCode = await reportWithoutSettings(error, surroundings);
  }
  return exitCode;
}

/** Somebody can be asked, and sees the question. */
function isAtTerminal({ stdin, stdout, stderr, env }: Surroundings): boolean {
  return stdin.isTTY === true && stdout.isTTY === true && stderr.isTTY === true && (env.CI ?? '') === '' && env.TERM !== 'dumb';
}

/** `watch me --changes -- make all`: what follows the first `--` of a watch or a replay is the command line of another program. */
function splitWords(argv: readonly string[]): { own: readonly string[]; words: readonly string[] | undefined } {
  const at = argv.indexOf('--');
  const own = argv.slice(0, at);
  return at < 0 || !['watch', 'replay'].some((name) => own.includes(name)) ? { own: argv, words: undefined } : { own, words: argv.slice(at + 1) };
}

/** Reports a command line that could not be parsed, for which there are no settings. */
async function reportWithoutSettings(error: unknown, { stderr }: Surroundings): Promise<number> {
  const [{ report }, { createPeople }, { createRedactor }] = await Promise.all([
    import('./app/report.ts'), import('./output/people.ts'), import('./lib/redactor.ts'),
  ]);
  return report(error, createPeople({ stderr, redactor: createRedactor(), quiet: false, debug: false, color: false }));
}

/** Like commander's own parsing, with its output on our streams and its errors as usage errors. */
async function parse(program: Command, argv: readonly string[], { stdout, stderr }: Surroundings): Promise<void> {
  /** The command whose help explains an error. */
  const helpOf = new WeakMap<Error, string>();
  prepare(program, (error, words) => helpOf.set(error, words), {
    writeOut: (text) => { stdout.write(text); },
    // The error itself is reported by `main`; help after an error still belongs to stderr.
    writeErr: (text) => { if (!text.startsWith('error:')) stderr.write(text); },
    getOutHelpWidth: () => helpWidth(stdout),
    getErrHelpWidth: () => helpWidth(stderr),
  });
  try {
    await program.parseAsync(argv, { from: 'user' });
  } catch (error) {
    if (!isCommanderError(error)) throw error;
    if (error.exitCode === 0) return;
    const { explained } = await import('./cli/mistakes.ts');
    throw explained({ code: error.code, message: error.message, command: helpOf.get(error) ?? 'graph-watch' }, program, argv);
  }
}

/** Longer lines are hard to read, even if the terminal has room. A terminal of unknown size reports 0. */
function helpWidth({ columns = 0 }: Output): number {
  return columns === 0 ? HELP_WIDTH : Math.min(columns, HELP_WIDTH);
}

function prepare(command: Command, onExit: (error: Error, words: string) => void, output: OutputConfiguration, above = ''): void {
  const words = `${above}${command.name()}`;
  command.configureOutput(output).exitOverride((error) => {
    onExit(error, words);
    throw error;
  });
  for (const child of command.commands) prepare(child, onExit, output, `${words} `);
}

function isCommanderError(error: unknown): error is Error & { code: string; exitCode: number } {
  return error instanceof Error && 'code' in error && 'exitCode' in error && String(error.code).startsWith('commander.');
}
