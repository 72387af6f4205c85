import { Conflict, type Bucket, type Entry } from '../../src/cluster/bucket.ts';
import { toError } from '../../src/errors.ts';
import { aborted } from '../../src/lib/abort.ts';

/** A fault of a single request. `answer-lost`: it is carried out, but its sender does not learn that. */
export type Fault = 'request-lost' | 'answer-lost';

/** A member's client of a simulated bucket. */
export interface BucketClient extends Bucket {
  /** Nothing gets through in either direction. */
  isUnreachable: boolean;
  /** The process is stopped (SIGSTOP): answers and entries wait until it continues. */
  isStopped: boolean;
  /** Watched entries are delayed, although requests are answered. */
  isDeaf: boolean;
  /** The faults of the next writes. */
  readonly faults: Fault[];
}

/** A bucket in memory that several members share, each through its own client. */
export interface SimulatedBucket {
  client(): BucketClient;
  /** The bucket is deleted and created again: empty, without watchers, with revisions from 1. */
  wipe(): void;
  /** Every revision written, in order. */
  readonly history: readonly Entry[];
  readonly newest: ReadonlyMap<string, Entry>;
  /** Called for each request, to count the traffic. */
  onRequest: (kind: 'get' | 'write' | 'deliver', key: string, bytes: number) => void;
}

export function simulatedBucket({ now = () => 0, keepHistory = true }: { now?: () => number; keepHistory?: boolean } = {}): SimulatedBucket {
  const newest = new Map<string, Entry>();
  const history: Entry[] = [];
  const watchers = new Set<(entry: Entry) => void>();
  let revision = 0;
  const put = (key: string, value: Uint8Array | undefined, expected: number): number => {
    const before = newest.get(key);
    const isThere = before?.value !== undefined;
    if (expected === 0 ? isThere : before?.revision !== expected) throw new Conflict(`wrong last sequence: ${String(before?.revision ?? 0)}`);
    revision += 1;
    const entry = { key, value, revision, at: now() };
    newest.set(key, entry);
    if (keepHistory) history.push(entry);
    for (const watcher of watchers) watcher(entry);
    return revision;
  };
  const bucket: SimulatedBucket = {
    history,
    newest,
    onRequest: () => undefined,
    wipe() {
      newest.clear();
      watchers.clear();
      revision = 0;
    },
    client() {
      /** What waits for the process to continue, or for the connection to be back. */
      const late: (() => void)[] = [];
      const answers: (() => void)[] = [];
      const [stopped, away, deaf] = [{ is: false }, { is: false }, { is: false }];
      const arrive = (then: () => void): void => {
        if (stopped.is || away.is || deaf.is) late.push(then);
        else then();
      };
      const release = (): void => {
        const due = stopped.is ? [] : answers.splice(0);
        if (!stopped.is && !away.is && !deaf.is) due.push(...late.splice(0));
        for (const then of due) then();
      };
      const request = <T>(carryOut: () => T, fault: Fault | undefined): Promise<T> => new Promise((resolve, reject) => {
        const answer = (settle: () => void): void => {
          if (stopped.is) answers.push(settle);
          else settle();
        };
        const fail = (): void => { answer(() => { reject(new Error('timeout')); }); };
        if (away.is || fault === 'request-lost') {
          fail();
          return;
        }
        try {
          const result = carryOut();
          if (fault === 'answer-lost') fail();
          else answer(() => { resolve(result); });
        } catch (error) {
          answer(() => { reject(toError(error)); });
        }
      });
      const faults: Fault[] = [];
      const write = (key: string, value: Uint8Array | undefined, expected: number): Promise<number> => {
        bucket.onRequest('write', key, value?.length ?? 0);
        return request(() => put(key, value, expected), faults.shift());
      };
      return {
        faults,
        get isUnreachable() {
          return away.is;
        },
        set isUnreachable(is) {
          away.is = is;
          release();
        },
        get isDeaf() {
          return deaf.is;
        },
        set isDeaf(is) {
          deaf.is = is;
          release();
        },
        get isStopped() {
          return stopped.is;
        },
        set isStopped(is) {
          stopped.is = is;
          release();
        },
        get: (key) => request(() => {
          const entry = newest.get(key);
          bucket.onRequest('get', key, entry?.value?.length ?? 0);
          return entry?.value === undefined ? undefined : entry;
        }, undefined),
        create: (key, value) => write(key, value, 0),
        update: (key, value, expected) => write(key, value, expected),
        delete: (key, expected) => write(key, undefined, expected).then(() => undefined),
        forget: (keys) => request(() => {
          for (const key of keys) if (newest.get(key)?.value === undefined) newest.delete(key);
        }, undefined),
        each: (prefix, onEntry) => request(() => {
          for (const entry of newest.values()) if (entry.value !== undefined && matches(entry.key, `${prefix}.>`)) onEntry(entry);
        }, undefined),
        async watch(filter, signal, onEntry) {
          const deliver = (entry: Entry): void => {
            if (!matches(entry.key, filter)) return;
            bucket.onRequest('deliver', entry.key, entry.value?.length ?? 0);
            arrive(() => { if (!signal.aborted) onEntry(entry); });
          };
          await request(() => {
            for (const entry of newest.values()) deliver(entry);
            watchers.add(deliver);
            void aborted(signal).then(() => { watchers.delete(deliver); });
          }, undefined);
        },
      };
    },
  };
  return bucket;
}

function matches(key: string, filter: string): boolean {
  const [words, wanted] = [key.split('.'), filter.split('.')];
  return wanted.every((word, at) => (word === '>' ? words.length > at : words[at] !== undefined && (word === '*' || word === words[at])))
    && (wanted.at(-1) === '>' || words.length === wanted.length);
}
