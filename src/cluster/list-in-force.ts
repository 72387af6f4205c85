import type { Entry } from './bucket.ts';
import type { ClusterOptions } from './cluster.ts';
import { targetsOf, type Targets } from './fair-share.ts';
import { fetchList, keyOfListed, publishList, type ListedTarget, type Published, type PublishOptions } from './target-list.ts';

const RETRY_MS = 1_000;

/** KnownList is a list as this process fetched it. */
export interface KnownList {
  listed: ReadonlyMap<string, ListedTarget>;
  targets: Targets;
}

export interface ListInForceOptions extends Pick<ClusterOptions, 'bucket' | 'clock' | 'member'> {
  signal: AbortSignal;
  /** Called with each list that comes into force. */
  onList: (list: { revision: number; targets: number; by: string }) => void;
}

/** ListInForce knows the list of targets that the members share, and replaces it. */
export class ListInForce {
  readonly #options: ListInForceOptions;
  #known: KnownList | undefined;
  /** The revision that was seen last; its list may still have to be fetched. */
  #newest = 0;

  constructor(options: ListInForceOptions) {
    this.#options = options;
  }

  /** The list that was fetched last. */
  get known(): KnownList | undefined {
    return this.#known;
  }

  /** Fetches the list that this entry puts in force, unless a newer entry is seen first. Does not reject. */
  async see(entry: Entry): Promise<void> {
    const { bucket, clock, signal, onList } = this.#options;
    this.#newest = Math.max(this.#newest, entry.revision);
    while (entry.revision === this.#newest && !signal.aborted) {
      // The bucket is unreachable, or the list was just superseded: then the newer one is on its way here.
      const found = await fetchList(bucket, entry).catch(() => undefined);
      if (entry.revision !== this.#newest) return;
      if (found !== undefined) {
        const listed = new Map(found.targets.map((target) => [keyOfListed(target), target]));
        this.#known = { listed, targets: targetsOf(listed.keys()) };
        onList({ revision: entry.revision, targets: listed.size, by: found.record.by });
        return;
      }
      await clock.sleep(RETRY_MS, signal);
    }
  }

  /** Publishes a list, as often as it takes. Rejects only once the signal is aborted. */
  async publish(list: readonly ListedTarget[], options: Omit<PublishOptions, 'by'>): Promise<Published> {
    const { bucket, clock, member, signal } = this.#options;
    while (true) {
      try {
        return await publishList(bucket, list, { ...options, by: member });
      } catch (error) {
        await clock.sleep(RETRY_MS, signal);
        if (signal.aborted) throw error;
      }
    }
  }

  /** Prepares for the entries of a bucket that may be a new one, with lower revisions. */
  startOver(): void {
    this.#newest = 0;
  }

  /** Publishes the known list if a bucket that was watched anew has none. */
  restore(): void {
    if (this.#known === undefined || this.#newest > 0) return;
    // Rejects only when everything is over.
    void this.publish([...this.#known.listed.values()], { force: false, ifNone: true }).catch(() => undefined);
  }
}
