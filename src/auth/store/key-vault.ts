import { spawn } from 'node:child_process';
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';

/** KeyVault is where one secret can be kept. Every call may reject: then there is no such place, or it is locked. */
export interface KeyVault {
  /** `undefined`: the place is there, the secret is not. */
  get(): Promise<string | undefined>;
  set(secret: string): Promise<void>;
  delete(): Promise<void>;
}

const SERVICE = 'graph-watch';
/** A keyring answers in milliseconds; one that wants to be unlocked waits for a person, who may not be there. */
const ANSWER_TIMEOUT_MS = 10_000;

/** `inMemory` creates a vault that ends with the process: for a sign-in that nobody wants to keep. */
export function inMemory(): KeyVault {
  let kept: string | undefined;
  return {
    get: () => Promise.resolve(kept),
    set(secret) {
      kept = secret;
      return Promise.resolve();
    },
    delete() {
      kept = undefined;
      return Promise.resolve();
    },
  };
}

const LIBRARY = '@napi-rs/keyring';

export interface KeyringOptions {
  timeoutMs?: number;
  /** The module that talks to the keyring, as `require` finds it. */
  library?: string;
}

/**
 * `keyring` opens the operating system's keyring: Keychain, Credential Manager or Secret Service, one entry per
 * configuration folder.
 *
 * It is accessed from a process of its own. If the D-Bus socket exists and nobody answers on it,
 * the library's constructor alone blocks the whole process, timers and Ctrl-C included; a child
 * can be killed. The secret travels over its pipes, never on its command line.
 */
export function keyring(configFolder: string, { timeoutMs = ANSWER_TIMEOUT_MS, library = LIBRARY }: KeyringOptions = {}): KeyVault {
  const ask = (action: string, input = ''): Promise<string> => inChild(library, [action, SERVICE, configFolder], input, timeoutMs);
  return {
    async get() {
      const answer: unknown = JSON.parse(await ask('get'));
      return typeof answer === 'string' ? answer : undefined;
    },
    async set(secret) {
      await ask('set', secret);
    },
    async delete() {
      await ask('delete');
    },
  };
}

// `secret-service`: left to itself the library falls back to the kernel's keyring, which forgets at reboot.
const CHILD = `
import { text } from 'node:stream/consumers';
const [library, action, service, account] = process.argv.slice(1);
const { Entry } = (await import(library)).default;
const entry = new Entry(service, account, { linux: { store: 'secret-service' } });
if (action === 'get') process.stdout.write(JSON.stringify(entry.getPassword()));
if (action === 'set') entry.setPassword(await text(process.stdin));
if (action === 'delete') entry.deletePassword();
`;

function inChild(library: string, args: readonly string[], input: string, timeoutMs: number): Promise<string> {
  return new Promise((resolve, reject) => {
    // An optional dependency: it is missing where it has no binary, and then this throws.
    const module = pathToFileURL(createRequire(import.meta.url).resolve(library)).href;
    const child = spawn(process.execPath, ['--input-type=module', '--eval', CHILD, module, ...args], {
      stdio: ['pipe', 'pipe', 'ignore'],
      timeout: timeoutMs,
      killSignal: 'SIGKILL',
      windowsHide: true,
    });
    let output = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
    child.on('error', reject);
    child.on('close', (code) => {
      if (code === 0) resolve(output);
      else reject(new Error('the keyring cannot be used'));
    });
    // A child that dies early closes its end; its exit code shows why it died.
    child.stdin.on('error', () => undefined);
    child.stdin.end(input);
  });
}
