import { WatchError } from '../errors.ts';

/** Where one secret can be kept. Every call may reject: then there is no such place, or it is locked. */
export interface KeyVault {
  /** `undefined`: the place is there, the secret is not. */
  get(): Promise<string | undefined>;
  set(secret: string): Promise<void>;
  delete(): Promise<void>;
}

const SERVICE = 'graph-watch';
/** A keyring answers in milliseconds; one that wants to be unlocked first waits for a person who may not be there. */
const ANSWER_TIMEOUT_MS = 5_000;

/** The operating system's keyring: Keychain, Credential Manager or Secret Service, one entry per configuration folder. */
export function keyring(configFolder: string, timeoutMs = ANSWER_TIMEOUT_MS): KeyVault {
  const entry = async () => {
    // An optional dependency: its import fails where it has no binary.
    const { AsyncEntry } = await import('@napi-rs/keyring');
    // Left to itself it falls back to the kernel's keyring, which forgets at reboot.
    return new AsyncEntry(SERVICE, configFolder, { linux: { store: 'secret-service' } });
  };
  return {
    get: () => inTime(async (signal) => (await (await entry()).getPassword(signal)) ?? undefined, timeoutMs),
    set: (secret) => inTime(async (signal) => (await entry()).setPassword(secret, signal), timeoutMs),
    delete: () =>
      inTime(async (signal) => {
        await (await entry()).deletePassword(signal);
      }, timeoutMs),
  };
}

async function inTime<T>(call: (signal: AbortSignal) => Promise<T>, timeoutMs: number): Promise<T> {
  const patience = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  const tooLate = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => {
      reject(new WatchError('auth', 'The keyring does not answer.'));
      patience.abort();
    }, timeoutMs);
  });
  try {
    return await Promise.race([call(patience.signal), tooLate]);
  } finally {
    clearTimeout(timer);
  }
}
