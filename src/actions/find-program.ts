import { accessSync, constants, statSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { COMMAND_NOT_RUNNABLE, WatchError } from '../errors.ts';

type Env = Readonly<Record<string, string | undefined>>;

/** What the C library searches where there is no PATH. */
const DEFAULT_PATH = '/usr/bin:/bin';

/**
 * `checkProgram` looks for the program as the system does when it starts one: a name with a slash is a path, any
 * other is looked up in PATH. Throws an error (exit 127) if there is none, or it cannot be run.
 */
export function checkProgram(name: string, env: Env, platform: NodeJS.Platform): void {
  const found = candidates(name, env, platform).map((path) => problemOf(path, platform));
  if (found.includes(undefined)) return;
  const problem = found.find((one) => one !== 'program not found') ?? 'program not found';
  throw new WatchError('usage', `${name} cannot be run: ${problem}.`, {
    code: COMMAND_NOT_RUNNABLE,
    hint: problem.endsWith('cmd file') ? 'Run a .cmd or .bat file with cmd: -- cmd /c script.cmd'
      : 'The command runs without a shell; to use one, write -- sh -c \'…\'.',
  });
}

function candidates(name: string, env: Env, platform: NodeJS.Platform): string[] {
  const windows = platform === 'win32';
  // Windows itself looks for no others: PATHEXT belongs to the shell.
  const names = windows && !/\.[^.\\/]+$/.test(name) ? [`${name}.com`, `${name}.exe`] : [name];
  if (name.includes('/') || (windows && /[\\:]/.test(name))) return names;
  // Windows ignores the case of a variable's name.
  const [, path = DEFAULT_PATH] = Object.entries(env).find(([key, value]) => (windows ? key.toUpperCase() : key) === 'PATH' && value !== undefined) ?? [];
  // An empty entry is the current folder, which Windows searches first.
  const folders = [...(windows ? ['.'] : []), ...path.split(windows ? ';' : delimiter)].map((folder) => (folder === '' ? '.' : folder));
  return folders.flatMap((folder) => names.map((one) => join(folder, one)));
}

/** Returns why it cannot be run, `undefined` if it can. */
function problemOf(path: string, platform: NodeJS.Platform): string | undefined {
  try {
    if (statSync(path).isDirectory()) return 'it is a folder';
  } catch {
    return 'program not found';
  }
  if (platform === 'win32') return /\.(?:cmd|bat)$/i.test(path) ? 'it is a .bat or .cmd file' : undefined;
  try {
    accessSync(path, constants.X_OK);
    return undefined;
  } catch {
    return 'it is not executable';
  }
}
