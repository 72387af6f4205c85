import { PAGE_TOO_LARGE, type DeltaGone, type DeltaPage, type DeltaStart, type DriveDelta } from '../delta.ts';
import { canonicalId } from '../drive-ids.ts';
import { copyOf, WatchError } from '../errors.ts';
import { field, textField } from '../lib/json.ts';
import { ANSWER_TOO_LONG } from '../net/body.ts';
import { graphErrorIn } from './graph-error.ts';
import type { GraphAnswer, GraphGet } from './http.ts';
import { drivePath, type Target } from './targets.ts';

/**
 * Without it the unchanged folders above a change come too. Documented as a header of its own
 * (api-reference/v1.0/api/driveitem-delta.md), in use as a preference: both are sent.
 */
const CHANGED_ITEMS_ONLY = { deltaexcludeparent: 'true' };
/** The same as a preference; and shortcuts to shared folders, which are left out otherwise (OneDrive release notes, "add to OneDrive"). */
const PREFERENCES = ['deltaExcludeParent', 'Include-Feature=AddToOneDrive'];
/** All three together show changes of permissions, each item marked with `@microsoft.graph.sharedChanged` (driveitem-delta.md, "scan guidance"). */
const SHARING_PREFERENCES = ['deltashowremovedasdeleted', 'deltatraversepermissiongaps', 'deltashowsharingchanges'];
/** Items per page when everything is enumerated: fewer round trips. The service may give fewer. */
const ENUMERATION_PAGE = 1_000;
/** Smaller pages than this are not requested. */
const SMALLEST_PAGE = 50;
/** The fields of a folder that a path needs. */
const PARENT_FIELDS = 'id,name,parentReference,folder,root';
/** A link at the beginning of an answer, behind other annotations only. */
const NEXT_LINK = /^\{(?:"@odata\.\w+":"[^"\\]*",)*?"@odata\.nextLink":"([^"\\]+)"/;
/** So many characters are searched for it. */
const LONGEST_HEAD = 16_384;
/** DNS allows no longer names, in characters; a port comes with it. */
const LONGEST_HOST = 260;

/** `driveDelta` queries the delta of a target's drive through `get`, which reaches Graph at `graphUrl`. `sharing`: with changes of permissions. */
export function driveDelta(target: Target, get: GraphGet, graphUrl: string, { sharing = false } = {}): DriveDelta {
  const drive = drivePath(target);
  const here = new URL(graphUrl).origin;
  // Lowered if pages of this size are too much for the service, and not raised again.
  let pageSize = ENUMERATION_PAGE;
  const headers = { ...CHANGED_ITEMS_ONLY, prefer: [...PREFERENCES, ...(sharing ? SHARING_PREFERENCES : [])].join(', ') };
  return {
    async page(start, signal, onNext) {
      const path = pathOf(drive, start, pageSize);
      try {
        const answer = await withHint(start, () => get(path, signal, { accept: [410], headers, ...(onNext === undefined ? {} : { onBody: (body: string) => findNext(body, here, onNext) }) }));
        return answer.status === 410 ? readGone(answer) : readPage(answer, here);
      } catch (error) {
        const asked = /(?:\$|%24)top=(\d+)/i.exec(path)?.[1];
        if (asked === undefined || !mayBeTooLarge(error)) throw error;
        if (Number(asked) === pageSize) pageSize = Math.max(SMALLEST_PAGE, Math.floor(pageSize / 2));
        throw copyOf(error, { category: 'network', code: PAGE_TOO_LARGE });
      }
    },
    linkSince: (since) => pathOf(drive, { since }, pageSize),
    async item(id, signal) {
      // A folder that has changed since is not a failure: then there is no path.
      const { status, body } = await get(`${drive}/items/${encodeURIComponent(id)}?$select=${PARENT_FIELDS}`, signal, { accept: [400, 403, 404, 410] });
      return status < 300 ? body : undefined;
    },
    async isPersonal(signal) {
      return textField((await get(`${drive}?$select=driveType`, signal)).body, 'driveType') === 'personal';
    },
    async driveId(signal) {
      const { body } = await get(`${drive}?$select=id`, signal);
      const id = field(body, 'id');
      if (typeof id === 'string' && id !== '') return canonicalId(id);
      throw unusable('it does not name a drive');
    },
  };
}

function pathOf(drive: string, start: DeltaStart, pageSize: number): string {
  if (start === 'beginning') return `${drive}/root/delta?$top=${pageSize}`;
  if (start === 'latest') return `${drive}/root/delta?token=latest`;
  // Verbatim: the forms of links vary (`delta?token=…`, `delta(token='…')`).
  if ('link' in start) return start.link;
  return `${drive}/root/delta?token=${encodeURIComponent(new Date(start.since).toISOString())}`;
}

/** A gateway in front of Graph gave up waiting, or the answer was longer than is read. */
function mayBeTooLarge(error: unknown): error is WatchError {
  return error instanceof WatchError && (error.status === 504 || error.code === ANSWER_TOO_LONG);
}

/** `token=<timestamp>` works only on business and SharePoint drives; the refusal of others does not say so. */
async function withHint(start: DeltaStart, request: () => Promise<GraphAnswer>): Promise<GraphAnswer> {
  try {
    return await request();
  } catch (error) {
    if (typeof start === 'string' || !('since' in start) || !(error instanceof WatchError) || error.category !== 'refused' || error.status !== 400) throw error;
    throw copyOf(error, { hint: 'Only OneDrive for Business and SharePoint drives support --since: save a cursor beforehand (graph-watch cursor), or use --resume.' });
  }
}

/**
 * Calls `onNext` with the link to the next page if it stands before the items, as in answers of the live service (microsoft-graph-docs
 * issue 2749); the documentation's example has it behind them. Returns whether it did. Parsing may yet find another one.
 */
function findNext(body: string, here: string, onNext: (link: string) => void): boolean {
  const link = NEXT_LINK.exec(body.slice(0, LONGEST_HEAD))?.[1];
  if (link === undefined || !leadsTo(here, link)) return false;
  onNext(link);
  return true;
}

function readPage({ body, headers }: GraphAnswer, here: string): DeltaPage {
  const items = field(body, 'value');
  if (!Array.isArray(items)) throw unusable('it has no items');
  const at = Date.parse(headers.date ?? '');
  const page: DeltaPage = { items, ...(Number.isNaN(at) ? {} : { at }) };
  const next = linkIn(body, '@odata.nextLink', here);
  if (next !== undefined) return { ...page, next };
  const cursor = linkIn(body, '@odata.deltaLink', here);
  if (cursor !== undefined) return { ...page, cursor };
  throw unusable('it has no link to continue from');
}

/**
 * A link of an answer. It is checked here, since the token travels with it, and since a position that leads
 * elsewhere would end every later run: it has to lead to this Graph, without a user's name in it.
 */
function linkIn(body: unknown, name: string, here: string): string | undefined {
  const link = textField(body, name);
  if (link === undefined) return undefined;
  if (leadsTo(here, link)) return link;
  const url = URL.canParse(link) ? new URL(link) : undefined;
  throw unusable(url === undefined ? 'its link is not a valid URL' : `its link leads to ${url.host.slice(0, LONGEST_HOST)}, but Graph is at ${here}`);
}

function leadsTo(here: string, link: string): boolean {
  const url = URL.canParse(link) ? new URL(link) : undefined;
  return url?.origin === here && url.username === '' && url.password === '';
}

/** The codes are spelled in several ways and nest; the header decides where to start over, if at all. */
function readGone({ body, headers }: GraphAnswer): DeltaGone {
  const { code, codes } = graphErrorIn(body);
  return { gone: codes.find((name) => /resync/i.test(name)) ?? code ?? 'gone', location: headers.location };
}

function unusable(why: string): WatchError {
  return new WatchError('network', `Graph's delta response is unusable: ${why}.`, { code: 'badDelta' });
}
