import { spawn } from 'node:child_process';
import { toError, WatchError } from '../../errors.ts';
import { field, isRecord, parseJson, textField } from '../../lib/json.ts';
import { ownGroup, processGroup } from '../../lib/process-group.ts';
import { TOKEN_COMMAND } from '../../retry-policy.ts';
import type { IssuedToken } from './held-token.ts';

/** A command that asks an identity service may take its time, but an attempt to connect takes no longer than 30 s, and its error would not name the command. */
const LONGEST_RUN_MS = 25_000;
/** A token has a few thousand characters. */
const LONGEST_OUTPUT = 64 * 1024;

/**
 * `runTokenCommand` runs a command line in the system's shell and reads the token that it prints: plain, or as
 * JSON like that of `az account get-access-token`. Its stderr is for people and passed through; nothing that it
 * prints on stdout is ever shown. Rejects with an `auth` error that says what failed.
 */
export async function runTokenCommand(line: string, env: Readonly<Record<string, string | undefined>>, signal: AbortSignal): Promise<IssuedToken> {
  const { code, output } = await run(line, env, signal);
  if (code !== 0) throw failure(typeof code === 'number' ? `it failed with exit code ${code}` : `it was killed by ${code}`);
  return readToken(output);
}

/** `readToken` reads a token, or JSON with one; times without a zone are local, as `az` prints them. */
export function readToken(output: string): IssuedToken {
  const text = output.trim();
  if (text === '') throw failure('it printed nothing');
  const json = text.startsWith('{') || text.startsWith('"') ? parseJson(text) : undefined;
  const token = isRecord(json) ? (textField(json, 'accessToken') ?? textField(json, 'access_token') ?? textField(json, 'token')) : typeof json === 'string' ? json : text;
  if (token === undefined || !/^[\x21-\x7e]+$/.test(token)) throw failure('its output is not an access token');
  return { token, expiresAt: isRecord(json) ? expiryOf(json) : undefined };
}

function expiryOf(json: Record<string, unknown>): number | undefined {
  const seconds = Number(field(json, 'expires_on'));
  if (Number.isFinite(seconds) && seconds > 0) return seconds * 1000;
  const time = Date.parse((textField(json, 'expiresOn') ?? '').replace(' ', 'T'));
  return Number.isNaN(time) ? undefined : time;
}

function run(line: string, env: Readonly<Record<string, string | undefined>>, signal: AbortSignal): Promise<{ code: number | string; output: string }> {
  const { promise, resolve, reject } = deferred<{ code: number | string; output: string }>();
  // A process group of its own, so that what the shell has started ends with it.
  const child = spawn(line, { shell: true, env: { ...env }, stdio: ['ignore', 'pipe', 'inherit'], windowsHide: true, ...ownGroup(process.platform) });
  let output = '';
  const end = (): void => {
    processGroup(child, process.platform).send('SIGKILL');
    // What is still coming is not needed.
    child.stdout.destroy();
  };
  const overdue = setTimeout(() => {
    reject(failure(`it took longer than ${LONGEST_RUN_MS / 1000} s`));
    end();
  }, LONGEST_RUN_MS);
  const stop = (): void => {
    reject(toError(signal.reason));
    end();
  };
  signal.addEventListener('abort', stop, { once: true });
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text;
    if (output.length <= LONGEST_OUTPUT) return;
    reject(failure('its output is too long for an access token'));
    end();
  });
  child.once('error', (error) => { reject(failure(toError(error).message)); });
  child.once('close', (code, killedBy) => { resolve({ code: code ?? killedBy ?? 'an unknown signal', output }); });
  if (signal.aborted) stop();
  return promise.finally(() => {
    clearTimeout(overdue);
    signal.removeEventListener('abort', stop);
  });
}

function deferred<T>(): { promise: Promise<T>; resolve: (value: T) => void; reject: (error: Error) => void } {
  let resolve: (value: T) => void = () => undefined;
  let reject: (error: Error) => void = () => undefined;
  const promise = new Promise<T>((onResolve, onReject) => {
    resolve = onResolve;
    reject = onReject;
  });
  return { promise, resolve, reject };
}

function failure(why: string): WatchError {
  return new WatchError('auth', `The command in GRAPH_WATCH_TOKEN_COMMAND returned no token: ${why}.`, { code: TOKEN_COMMAND, hint: 'Run it in a terminal: it must print an access token for Graph.' });
}
