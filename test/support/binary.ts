import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const BINARY = fileURLToPath(new URL('../../bin/graph-watch.js', import.meta.url));

/** The real binary, running as if a user had started it. */
export interface Running {
  readonly process: ChildProcess;
  readonly stdout: string;
  readonly stderr: string;
  /** The exit code, or the name of the signal that ended it, with everything it wrote. */
  readonly done: Promise<{ code: number | string; stdout: string; stderr: string }>;
  /** Resolves once the stream contains this; rejects if the process ends without it. */
  until(stream: 'stdout' | 'stderr', wanted: string | RegExp): Promise<void>;
}

/**
 * The environment of a machine without any setup: no proxy, no token, no configuration.
 * Keeps out the proxies and certificates of the machine that runs the tests.
 */
export function bareEnv(env: Record<string, string> = {}): Record<string, string> {
  return {
    PATH: process.env.PATH ?? '', HOME: tmpdir(), LANG: 'C.UTF-8',
    GRAPH_WATCH_CONFIG_DIR: join(tmpdir(), `graph-watch-nowhere-${process.pid}`),
    ...env,
  };
}

/** Starts `graph-watch` as built in dist; with `ownGroup` in its own process group, as a shell starts a job. */
export function startBinary(argv: readonly string[], options: { env?: Record<string, string>; stdout?: 'pipe' | 'ignore' | number; ownGroup?: boolean } = {}): Running {
  const child = spawn(process.execPath, [BINARY, ...argv], { env: bareEnv(options.env), stdio: ['ignore', options.stdout ?? 'pipe', 'pipe'], detached: options.ownGroup ?? false });
  return running(child);
}

/** Runs a line in a shell in which `graph-watch` is the binary. */
export function startShell(line: string, env: Record<string, string> = {}): Running {
  const script = `BINARY='${BINARY}'\ngraph-watch() { '${process.execPath}' '${BINARY}' "$@"; }\n${line}`;
  return running(spawn('bash', ['-c', script], { env: bareEnv(env), stdio: ['ignore', 'pipe', 'pipe'] }));
}

/** Starts another Node program in this folder. */
export function startProgram(args: readonly string[], { cwd, env, stdin = 'ignore' }: { cwd: string; env: Record<string, string>; stdin?: 'ignore' | 'pipe' }): Running {
  return running(spawn(process.execPath, args, { cwd, env: bareEnv(env), stdio: [stdin, 'pipe', 'pipe'] }));
}

function running(child: ChildProcess): Running {
  const written = { stdout: '', stderr: '' };
  const watchers = new Set<() => void>();
  let ended = false;
  for (const name of ['stdout', 'stderr'] as const) {
    child[name]?.setEncoding('utf8').on('data', (text: string) => {
      written[name] += text;
      for (const look of [...watchers]) look();
    });
  }
  const done = once(child, 'close').then(([code, signal]: (number | string | null)[]) => {
    ended = true;
    for (const look of [...watchers]) look();
    return { code: code ?? signal ?? 'lost', ...written };
  });
  return {
    process: child,
    done,
    get stdout() {
      return written.stdout;
    },
    get stderr() {
      return written.stderr;
    },
    until: (stream, wanted) =>
      new Promise((resolve, reject) => {
        const look = (): void => {
          const found = typeof wanted === 'string' ? written[stream].includes(wanted) : wanted.test(written[stream]);
          if (!found && !ended) return;
          watchers.delete(look);
          if (found) resolve();
          else reject(new Error(`it ended without ${String(wanted)} on ${stream}:\n${written.stdout}${written.stderr}`));
        };
        watchers.add(look);
        look();
      }),
  };
}
