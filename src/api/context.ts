import { actsAsItself, tokenSource } from '../app/graph-access.ts';
import type { Messages, WatchContext } from '../app/context.ts';
import { createWatchContext } from '../app/create-context.ts';
import { givenSettings, readSettings } from '../app/settings.ts';
import type { TokenSource } from '../auth/token-source.ts';
import { usageError } from '../errors.ts';
import { createRedactor, type Redactor } from '../lib/redactor.ts';
import { safeText } from '../output/safe-text.ts';
import { realClock } from '../surroundings.ts';
import type { ConnectionOptions, Log } from './options.ts';
import { givenToken } from './token.ts';

/** ApiContext is what a watch needs, made from a caller's options instead of a command line. */
export interface ApiContext {
  context: WatchContext;
  tokens: TokenSource;
  /** Whether it signs in as an app or a machine, for which there is no socket. */
  asItself: boolean;
  /** Closes every connection. */
  close: () => Promise<void>;
}

export interface ContextEnding {
  /** Ends everything. */
  signal: AbortSignal;
  /** Ends everything, because of this error. */
  fail: (error: unknown) => void;
}

/** `createApiContext` reads the options, and the environment only if it is among them. Rejects with a usage error for invalid ones. */
export async function createApiContext(options: ConnectionOptions, { signal, fail }: ContextEnding): Promise<ApiContext> {
  const { token, env, cloud, graphUrl, userAgent, ca, budget } = options;
  if (token === undefined && env === undefined) throw usageError('The token option is missing.', 'Pass an access token or a function that returns one, or env: process.env to use the settings and the sign-in of the command line.');
  if (token !== undefined && typeof token !== 'string' && typeof token !== 'function') throw usageError('token must be a string or a function.');
  if (budget !== undefined && !(budget >= 1)) throw usageError('budget must be a number of resource units per minute, 1 or more.');
  if (cloud === 'emulator' && env === undefined && graphUrl === undefined) throw usageError('The cloud "emulator" has no fixed address.', 'Pass what createEmulator returns as connection, or a graphUrl.');
  const settings = env === undefined ? givenSettings({ cloud, graphUrl, userAgent }) : await readSettings({ ...given({ cloud, userAgent }) }, { ...env, ...given({ GRAPH_WATCH_GRAPH_URL: graphUrl }) });
  const redactor = createRedactor();
  if (typeof token === 'string') redactor.add(token);
  const surroundings = { env: { ...env, ...proxies(options) }, clock: realClock, random: Math.random };
  const { context, close } = createWatchContext({ surroundings, settings, redactor, people: messages(options.log, redactor, fail), signal, extraCa: ca });
  if (budget !== undefined) context.pace.limitTo(budget);
  return {
    context, close,
    tokens: token === undefined ? tokenSource(context) : givenToken(token, redactor),
    asItself: token === undefined && actsAsItself(context),
  };
}

/** The variables that correspond to the options, in the spelling that takes precedence. */
function proxies({ proxy, noProxy }: ConnectionOptions): Record<string, string> {
  return given({ https_proxy: proxy, http_proxy: proxy, no_proxy: noProxy });
}

/** Leaves out undefined values. */
function given<Name extends string, Value>(values: Readonly<Record<Name, Value | undefined>>): Partial<Record<Name, Value>> {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as Partial<Record<Name, Value>>;
}

/** Lines are redacted here, the only way to the caller's log. */
function messages(log: Log | undefined, redactor: Redactor, fail: (error: unknown) => void): Messages {
  const at = (level: Parameters<Log>[1]) => (line: string): void => {
    try {
      log?.(safeText(redactor.redact(line)), level);
    } catch (error) {
      // An error of the log function is the caller's: the caller gets it, and not the error that was about to be logged.
      fail(error);
    }
  };
  return { say: at('info'), warn: at('warning'), debug: at('debug'), debugs: log !== undefined };
}
