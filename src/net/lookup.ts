import { spawn } from 'node:child_process';
import { lookup as systemLookup, type LookupAddress, type LookupAllOptions } from 'node:dns';
import { Resolver } from 'node:dns/promises';
import type { LookupFunction } from 'node:net';
import { toError } from '../errors.ts';
import { BoundedMap } from '../lib/bounded-map.ts';
import { field, parseJson } from '../lib/json.ts';
import { realClock, type Clock } from '../surroundings.ts';
import { isLoopback } from './loopback.ts';

/** LookupParts are the ways to look up a name; a test passes its own. */
export interface LookupParts {
  /** Resolves once the name servers have answered anything, even an error; never while they are silent. */
  probe: (host: string, signal: AbortSignal) => Promise<void>;
  /** The system's own look-up, in this process: it can be neither stopped nor abandoned. */
  lookup: (host: string, options: LookupAllOptions) => Promise<LookupAddress[]>;
  /** The same in a process of its own, which ends with the signal. */
  lookupInChild: (host: string, options: LookupAllOptions, signal: AbortSignal) => Promise<LookupAddress[]>;
  sleep: Clock['sleep'];
  /** A steady clock, in milliseconds. */
  now: () => number;
}

export interface Lookup {
  /** For `net.connect` and whatever passes its options on to it. */
  readonly lookup: LookupFunction;
  /** Ends what is under way, so that nothing keeps the process alive. */
  close(): void;
}

/** A name server that takes longer counts as silent; normally they take a few milliseconds. */
const SILENT_AFTER_MS = 1_000;
/** How long addresses are kept, and of how many names: connections to thousands of drives go to a few hosts. */
const KEPT_MS = 5_000;
const MOST_NAMES = 100;
/** The system's own limit is about 10 s with one name server. */
const LONGEST_LOOKUP_MS = 15_000;

/**
 * `createLookup` looks names up as the system does (hosts file, mDNS, VPN rules included), without being held up by
 * name servers that do not answer.
 *
 * The system's look-up blocks a thread of this process until the system gives up, and no process can end
 * before its threads do: Ctrl-C would print the end and then hang for 10 s. So it is only called here once a
 * name server has just answered something; that costs one more query, whose answer is then in the caches.
 * While the name servers are silent it runs in a child process, which can be killed.
 *
 * Look-ups of the same name within a few seconds share one answer. The system's look-up keeps none: ten thousand
 * connections to one host would be ten thousand queries.
 */
export function createLookup(parts: LookupParts = SYSTEM): Lookup {
  const ended = new AbortController();
  const known = new BoundedMap<string, { addresses: Promise<LookupAddress[]>; until: number }>(MOST_NAMES);
  const addressesOf = (host: string, options: LookupAllOptions): Promise<LookupAddress[]> => {
    const key = JSON.stringify([host, options]);
    const found = known.get(key);
    if (found !== undefined && parts.now() < found.until) return found.addresses;
    const asked = { addresses: freshAddressesOf(host, options), until: Infinity };
    known.set(key, asked);
    asked.addresses.then(() => { asked.until = parts.now() + KEPT_MS; }, () => { known.delete(key); });
    return asked.addresses;
  };
  const freshAddressesOf = async (host: string, options: LookupAllOptions): Promise<LookupAddress[]> => {
    if (isLoopback(host)) return parts.lookup(host, options);
    const asked = new AbortController();
    const stop = (): void => { asked.abort(); };
    ended.signal.addEventListener('abort', stop);
    try {
      const answered = await Promise.race([
        parts.probe(host, asked.signal).then(() => true), parts.sleep(SILENT_AFTER_MS, asked.signal).then(() => false),
      ]);
      ended.signal.throwIfAborted();
      return await (answered ? parts.lookup(host, options) : parts.lookupInChild(host, options, ended.signal));
    } finally {
      ended.signal.removeEventListener('abort', stop);
      stop();
    }
  };
  return {
    lookup: (host, options, callback) => {
      addressesOf(host, { ...options, all: true }).then(
        (addresses) => {
          const [first] = addresses;
          if (options.all === true) callback(null, addresses);
          else if (first === undefined) callback(notFound(host, 'ENOTFOUND'), '');
          else callback(null, first.address, first.family);
        },
        (error: unknown) => { callback(toError(error), ''); },
      );
    },
    close: () => { ended.abort(); },
  };
}

const SYSTEM: LookupParts = {
  async probe(host, signal) {
    // tries: 1 and a long timeout: whether anything was answered is all that counts.
    const resolver = new Resolver({ timeout: LONGEST_LOOKUP_MS, tries: 1 });
    signal.addEventListener('abort', () => { resolver.cancel(); }, { once: true });
    await resolver.resolve4(host).catch(() => undefined);
  },
  lookup: (host, options) => new Promise((resolve, reject) => {
    systemLookup(host, options, (error, addresses) => {
      if (error === null) resolve(addresses);
      else reject(error);
    });
  }),
  lookupInChild,
  sleep: (ms, signal) => realClock.sleep(ms, signal),
  now: () => performance.now(),
};

// Ends automatically too: it may have lost its parent.
const CHILD = `
import { lookup } from 'node:dns';
const [host, options, longestMs] = process.argv.slice(1);
setTimeout(() => process.kill(process.pid, 'SIGKILL'), Number(longestMs)).unref();
lookup(host, JSON.parse(options), (error, addresses) => process.stdout.write(JSON.stringify({ code: error?.code, addresses })));
`;

function lookupInChild(host: string, options: LookupAllOptions, signal: AbortSignal): Promise<LookupAddress[]> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, ['--input-type=module', '--eval', CHILD, '--', host, JSON.stringify(options), String(LONGEST_LOOKUP_MS)], {
      stdio: ['ignore', 'pipe', 'ignore'], signal, timeout: LONGEST_LOOKUP_MS, killSignal: 'SIGKILL', windowsHide: true,
    });
    let output = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
    child.on('error', reject);
    child.on('close', () => {
      const answer = parseJson(output);
      const addresses = field(answer, 'addresses');
      const code = field(answer, 'code');
      if (Array.isArray(addresses)) resolve(addresses as LookupAddress[]);
      else reject(notFound(host, typeof code === 'string' ? code : 'EAI_AGAIN'));
    });
  });
}

/** Creates the same error as Node. */
function notFound(host: string, code: string): Error {
  return Object.assign(new Error(`getaddrinfo ${code} ${host}`), { code, syscall: 'getaddrinfo', hostname: host });
}
