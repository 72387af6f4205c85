import { toError, WatchError } from '../errors.ts';
import type { Send } from '../net/send.ts';
import type { Redactor } from '../lib/redactor.ts';
import { Stopwatch } from '../lib/deadline.ts';
import { TOKEN_FILE, TOKEN_PATIENCE_MS } from '../retry-policy.ts';
import type { Clock } from '../surroundings.ts';
import type { TokenSource } from './token-source.ts';
import type { SignInRecord } from './accounts.ts';
import type { CloudName } from './clouds.ts';
import type { KeyVault } from './store/key-vault.ts';
import { commandTokens, unattendedTokens, type AuthKind } from './unattended/sources.ts';
import { SharedWork } from './shared-work.ts';
import { describeDuration } from '../lib/duration.ts';
import { readTextFile } from '../lib/text-file.ts';
import { isOutOfFiles } from '../lib/system-errors.ts';

export interface TokenSourceOptions {
  /** `GRAPH_WATCH_TOKEN`. */
  token?: string | undefined;
  /** `GRAPH_WATCH_TOKEN_FILE`. */
  tokenFile?: string | undefined;
  /** `GRAPH_WATCH_TOKEN_COMMAND`. */
  tokenCommand?: string | undefined;
  /** Default: a signed-in user. */
  auth?: AuthKind;
  /** The app, or the user-assigned identity, of an unattended sign-in. */
  appId?: string | undefined;
  tenant?: string;
  /** Where an unattended sign-in finds its credential, and what a token command runs in. */
  env?: Readonly<Record<string, string | undefined>>;
  cloud: CloudName;
  clientId: string;
  authority: string;
  graphUrl: string;
  account?: string | undefined;
  configFolder: string;
  send: Send;
  clock: Clock;
  redactor: Redactor;
  warn: (line: string) => void;
  debug?: ((line: string) => void) | undefined;
  /** Replaces the operating system's keyring. */
  vault?: KeyVault | undefined;
}

/**
 * `createTokenSource` picks the source: a token given by hand wins over a file, a file over a command, and that over
 * an identity of its own or the stored sign-in. Tokens are never parsed.
 */
export function createTokenSource(options: TokenSourceOptions): TokenSource {
  const { auth = 'user', env = {} } = options;
  if (options.token !== undefined) return fromEnvironment(options.token, options.redactor);
  if (options.tokenFile !== undefined) return fromFile(options.tokenFile, options);
  if (options.tokenCommand !== undefined) return commandTokens(options.tokenCommand, { ...options, env });
  if (auth !== 'user') return unattendedTokens(auth, { ...options, tenant: options.tenant, clientId: options.appId, env });
  return fromSignIn(options);
}

function fromEnvironment(value: string, redactor: Redactor): TokenSource {
  return {
    kind: 'token',
    async get({ forceRefresh = false } = {}) {
      const token = checked(value, 'GRAPH_WATCH_TOKEN', redactor);
      if (forceRefresh) {
        throw new WatchError('auth', 'Graph refused the token in GRAPH_WATCH_TOKEN: it is invalid or has expired.', {
          // As Graph has answered: a watch that was connected sends it again for a minute, since a single 401 may be a stray one.
          status: 401,
          hint: 'Put a fresh token into GRAPH_WATCH_TOKEN, or unset it and run graph-watch login.',
        });
      }
      return Promise.resolve(token);
    },
  };
}

/**
 * The file may be in the middle of being written: once it has contained a token, it may be empty, absent or stale for
 * a minute, during which the last good token is used.
 */
function fromFile(path: string, { redactor, clock, warn }: Pick<TokenSourceOptions, 'redactor' | 'clock' | 'warn'>): TokenSource {
  let last: string | undefined;
  /** Since when the file has contained no token. */
  let bad: Stopwatch | undefined;
  let refusedToken: string | undefined;
  const insteadOf = (failure: WatchError): string => {
    if (last === undefined || failure.category !== 'auth') throw failure;
    if (bad === undefined) warn(`${failure.message} Using the last good token for up to ${describeDuration(TOKEN_PATIENCE_MS)}.`);
    bad ??= new Stopwatch(clock.now);
    if (bad.elapsedMs > TOKEN_PATIENCE_MS) throw failure;
    // Graph has refused the last one too: there is no token until the file has a new one.
    if (last === refusedToken) throw new WatchError('auth', failure.message, { hint: failure.hint, code: TOKEN_FILE });
    return last;
  };
  return {
    kind: 'token-file',
    async get({ forceRefresh = false, refused, signal } = {}) {
      if (forceRefresh) refusedToken = refused ?? last;
      let token: string;
      try {
        token = await read(path, redactor, signal);
        bad = undefined;
      } catch (error) {
        if (!(error instanceof WatchError)) throw error;
        token = insteadOf(error);
      }
      // Not only the last one given: of two requests with the same token the first has read the new one already.
      if (forceRefresh && token === refusedToken) {
        throw new WatchError('auth', `Graph refused the token in ${path}: it is invalid or has expired.`, {
          hint: 'Put a fresh token into the file; it is read again each time.',
          code: TOKEN_FILE,
        });
      }
      last = token;
      return token;
    },
  };
}

/** A token has a few thousand characters. */
const LONGEST_TOKEN_BYTES = 64 * 1024;

async function read(path: string, redactor: Redactor, signal: AbortSignal | undefined): Promise<string> {
  try {
    return checked(await readTextFile(path, LONGEST_TOKEN_BYTES, signal), path, redactor);
  } catch (error) {
    signal?.throwIfAborted();
    if (error instanceof WatchError) throw error;
    const passes = isOutOfFiles(error);
    throw new WatchError(passes ? 'network' : 'auth', `The token file cannot be read: ${toError(error).message}.`, {
      cause: error,
      hint: passes ? undefined : 'Check GRAPH_WATCH_TOKEN_FILE.',
    });
  }
}

/**
 * How long a token of the stored sign-in is used without asking again. MSAL returns none that expires in
 * less than five minutes; opening the store costs a key derivation each time, which a process
 * with a thousand targets would pay a thousand times.
 */
const HELD_MS = 60_000;

function fromSignIn(options: TokenSourceOptions): TokenSource {
  // The account of the first token. A later sign-in, in another terminal, must not change what
  // is running: `/me/drive` would suddenly be another drive.
  let chosen: SignInRecord | undefined;
  let held: { token: string; since: number } | undefined;
  const asking = new SharedWork<string>();
  const refreshing = new SharedWork<string>();
  const ask = async (refused: string | true | undefined, signal: AbortSignal): Promise<string> => {
    // MSAL and conf are slow to load: not needed with a given token.
    const [{ acquireSilently }, { TokenStore }] = await Promise.all([import('./silent.ts'), import('./store/token-store.ts')]);
    const token = await acquireSilently({ ...options, store: new TokenStore(options), signal }, {
      account: options.account, only: chosen, refused,
      onAccount: (record) => {
        chosen ??= record;
      },
    });
    held = { token, since: options.clock.now() };
    return token;
  };
  return {
    kind: 'sign-in',
    async get({ forceRefresh = false, refused, signal } = {}) {
      if (forceRefresh) {
        if (held !== undefined && refused !== undefined && held.token !== refused) return held.token;
        return refreshing.join((stop) => ask(refused ?? held?.token ?? true, stop), signal);
      }
      const age = held === undefined ? Infinity : options.clock.now() - held.since;
      if (held !== undefined && age >= 0 && age < HELD_MS) return held.token;
      return asking.join((stop) => ask(undefined, stop), signal);
    },
  };
}

/**
 * Returns the token in a text: without the newline that `echo` and editors add, and without the quotes around it that
 * JSON and `.env` files have. Throws if the rest cannot be sent in a header.
 */
function checked(text: string, where: string, redactor: Redactor): string {
  const token = text.trim().replace(/^(["'])(.*)\1$/s, '$2').trim();
  redactor.add(token);
  if (token === '') throw new WatchError('auth', `${where} is empty.`, { hint: 'Put an access token there.' });
  if (!/^[\x21-\x7e]+$/.test(token)) {
    throw new WatchError('auth', `${where} does not contain a valid access token.`, { hint: 'Put the bare token there, with nothing around it.' });
  }
  return token;
}
