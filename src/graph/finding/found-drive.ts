import { field, isRecord, present, textField } from '../../lib/json.ts';
import type { GraphGet } from '../http.ts';
import { percentDecoded } from '../../lib/percent-encoding.ts';
import type { Inquiry } from './inquiry.ts';

/** FoundDrive is something to watch, as `graph-watch drives` prints it. An absent field is unknown. */
export interface FoundDrive {
  /** One word that `watch` takes. */
  target: string;
  kind: 'own' | 'group' | 'team' | 'channel' | 'library';
  /** The drive's or the channel's name. */
  name?: string;
  /** The title of the site, group or team. */
  site?: string;
  /** The display name of the user or group that owns it. */
  owner?: string;
  webUrl?: string;
}

/** Candidate is a drive on its way to the list. */
export interface Candidate {
  drive: FoundDrive;
  /** The same for the same files, however they were found. */
  key: string;
  /** Already found by the words, in a text that only Graph sees. */
  matches?: boolean;
}

/** Search is what every source needs. */
export interface Search {
  get: GraphGet;
  signal: AbortSignal;
  inquiry: Inquiry;
  /** What is searched for, in lower case; none: everything. */
  words: readonly string[];
}

/** How many requests are under way at once: a search is patient, and Graph throttles. */
export const AT_ONCE = 4;

/** Without `system`: drives with that facet are hidden unless it is selected (api-reference/v1.0/resources/drive.md). */
export const DRIVE_FIELDS = 'id,name,driveType,owner,webUrl';

/** `candidateOf` reads a drive of Graph's; `undefined` where it is not for people. */
export function candidateOf(body: unknown, kind: FoundDrive['kind'], { target, site }: { target?: string; site?: string | undefined } = {}): Candidate | undefined {
  const id = textField(body, 'id');
  const webUrl = textField(body, 'webUrl');
  if (id === undefined || isHidden(body, webUrl)) return undefined;
  const owner = field(body, 'owner');
  const name = (who: unknown): string | undefined => textField(who, 'displayName') ?? textField(who, 'email');
  return {
    key: id,
    drive: present({ target: target ?? `drive:${id}`, kind, name: textField(body, 'name'), site, owner: name(field(owner, 'user')) ?? name(field(owner, 'group')), webUrl }),
  };
}

/** What retention keeps looks like a OneDrive, too: only its address gives it away. */
function isHidden(body: unknown, webUrl = ''): boolean {
  return isRecord(field(body, 'system')) || /\/PreservationHoldLibrary(?:\/|$)/i.test(webUrl);
}

/** `matchesAll` says whether all the words are somewhere in what is known of a drive. Case and accents do not matter. */
export function matchesAll({ name, site, owner, webUrl = '' }: Omit<FoundDrive, 'target' | 'kind'>, words: readonly string[]): boolean {
  const text = plain([name, site, owner, percentDecoded(webUrl)].join('\n'));
  return words.every((word) => text.includes(plain(word)));
}

function plain(text: string): string {
  return text.normalize('NFD').replace(/\p{M}/gu, '').toLowerCase();
}
