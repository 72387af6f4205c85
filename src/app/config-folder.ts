import { homedir } from 'node:os';
import { isAbsolute, join, resolve } from 'node:path';
import { toError, usageError } from '../errors.ts';

type Env = Readonly<Record<string, string | undefined>>;

const FOR_CONFIGURATION = 'GRAPH_WATCH_CONFIG_DIR to a folder for configuration and sign-ins.';
/** The variables that the usual place depends on, on one system or another. */
const PLACES = ['HOME', 'XDG_CONFIG_HOME', 'APPDATA'] as const;

/**
 * `configFolder` returns where configuration, sign-ins and cursors are kept: `GRAPH_WATCH_CONFIG_DIR`, or else the
 * usual place of the system. Always an absolute path. Throws a usage error if the environment gives none: otherwise
 * tokens and their key would end up in whatever folder the program was started in.
 */
export async function configFolder(env: Env): Promise<string> {
  const given = env.GRAPH_WATCH_CONFIG_DIR;
  if (given !== undefined && given.trim() !== '') return resolve(withHome(given, 'GRAPH_WATCH_CONFIG_DIR', env));
  for (const name of PLACES) {
    const value = env[name];
    // An empty XDG_CONFIG_HOME counts as not set; an empty HOME is taken for the working folder.
    if (value === undefined || (value === '' && name !== 'HOME')) continue;
    if (!isAbsolute(value)) throw usageError(`${name} is ${value === '' ? 'empty' : `"${value}"`}, which is not an absolute path.`, `Correct it, or set ${FOR_CONFIGURATION}`);
  }
  try {
    // It looks up the home directory as soon as it is loaded; in some containers there is none.
    const { default: envPaths } = await import('env-paths');
    return envPaths('graph-watch', { suffix: '' }).config;
  } catch (error) {
    throw noHome(error);
  }
}

/**
 * `withHome` replaces a `~` at the beginning of a path by the home directory, as a shell would have done without
 * the quotes around it. Throws a usage error, which names the variable, for the `~` of another user.
 */
export function withHome(path: string, variable: string, env: Env): string {
  if (!path.startsWith('~')) return path;
  const rest = /^~(?:$|[\\/](.*)$)/s.exec(path);
  if (rest === null) throw usageError(`${variable} is "${path}"; only a shell knows other users' folders.`, 'Write the path in full.');
  return join(homeOf(env), rest[1] ?? '');
}

function homeOf(env: Env): string {
  let home = env.HOME;
  try {
    home ??= homedir();
  } catch (error) {
    throw noHome(error);
  }
  if (!isAbsolute(home)) throw usageError('HOME is not an absolute path.', `Correct it, or set ${FOR_CONFIGURATION}`);
  return home;
}

function noHome(error: unknown): Error {
  return usageError(`No home directory found: ${toError(error).message}`, `Set ${FOR_CONFIGURATION}`);
}
