import { WatchError } from '../../errors.ts';

/** Source is a place in which drives are found. */
export interface Source {
  /** For people: `your groups`. */
  what: string;
  /** The delegated permissions that this request needs, and then requests about what is found, by Microsoft's tables (August 2026). */
  scopes: readonly string[];
}

/** SOURCES are all the places; the files of a group, a channel or a site need a permission of their own. */
export const SOURCES = {
  own: { what: 'your drive', scopes: ['Files.Read'] },
  groups: { what: 'your groups', scopes: ['User.Read', 'Files.Read.All'] },
  allGroups: { what: 'groups', scopes: ['Group.ReadBasic.All', 'Files.Read.All'] },
  groupDrives: { what: 'the drives of groups', scopes: ['Files.Read.All'] },
  teams: { what: 'your teams', scopes: ['Team.ReadBasic.All', 'Channel.ReadBasic.All', 'Files.Read.All'] },
  channels: { what: 'the channels of teams', scopes: ['Channel.ReadBasic.All', 'Files.Read.All'] },
  channelFiles: { what: 'the files of channels', scopes: ['Files.Read.All'] },
  followedSites: { what: 'the sites that you follow', scopes: ['Sites.Read.All', 'Files.Read.All'] },
  sites: { what: 'sites', scopes: ['Sites.Read.All', 'Files.Read.All'] },
  libraries: { what: 'the libraries of sites', scopes: ['Files.Read.All', 'Sites.Read.All'] },
} as const satisfies Record<string, Source>;

/** Outcome says what could not be searched, or not completely. */
export interface Outcome {
  /** Sources that were refused altogether because a permission is missing. */
  missing: readonly Source[];
  /** All the scopes of what was asked, including those already granted: a sign-in with these finds everything. */
  scopes: readonly string[];
  /** Refusals of another kind, or in part: how many, and the first of them. */
  refused: readonly { source: Source; count: number; error: WatchError }[];
  /** What else people should know, as sentences. */
  notes: readonly string[];
  /** Nothing was answered at all. */
  silent: boolean;
}

/** A source that has refused this many requests, and answered none, is not asked again. */
const ENOUGH_REFUSALS = 3;

/** Inquiry keeps count of what the sources answer, so that one that refuses does not end a search through many. */
export class Inquiry {
  readonly #answered = new Set<Source>();
  readonly #refused = new Map<Source, WatchError[]>();
  readonly #notes = new Set<string>();

  /** Resolves with what `work` does, or with `undefined` where Graph refuses it; rejects with every other error. */
  async ask<T>(source: Source, work: () => Promise<T>): Promise<T | undefined> {
    const refusals = this.#refused.get(source) ?? [];
    if (refusals.length >= ENOUGH_REFUSALS && !this.#answered.has(source)) return undefined;
    try {
      const answer = await work();
      this.#answered.add(source);
      return answer;
    } catch (error) {
      if (!(error instanceof WatchError) || error.category !== 'refused') throw error;
      this.#refused.set(source, [...(this.#refused.get(source) ?? []), error]);
      return undefined;
    }
  }

  note(sentence: string): void {
    this.#notes.add(sentence);
  }

  outcome(): Outcome {
    const refused = [...this.#refused].map(([source, errors]) => ({ source, errors, altogether: !this.#answered.has(source) && errors.every(({ status }) => status === 403) }));
    const missing = refused.filter(({ altogether }) => altogether).map(({ source }) => source);
    return {
      missing,
      scopes: [...new Set([...this.#answered, ...missing].flatMap(({ scopes }) => scopes))].filter((scope) => scope !== 'Files.Read').sort(),
      refused: refused.filter(({ altogether }) => !altogether).flatMap(({ source, errors: [error, ...others] }) => (error === undefined ? [] : [{ source, count: others.length + 1, error }])),
      notes: [...this.#notes],
      silent: this.#answered.size === 0 && refused.length > 0,
    };
  }
}
