import type { DeltaGone, DeltaPage, DeltaStart, DriveDelta } from '../delta.ts';
import { WatchError } from '../errors.ts';
import { field } from '../lib/json.ts';
import { readGraphError } from './graph-error.ts';
import type { GraphAnswer, GraphGet } from './http.ts';
import { drivePath, type Target } from './targets.ts';

/**
 * Without it the unchanged folders above a change come too. Documented as a header of its own
 * (api-reference/v1.0/api/driveitem-delta.md), in use as a preference: both are sent.
 */
const CHANGED_ITEMS_ONLY = { deltaexcludeparent: 'true', prefer: 'deltaExcludeParent' };
/** Items a page when everything is enumerated: fewer round trips. The service may give fewer. */
const ENUMERATION_PAGE = 1_000;
/** All that a folder on the way to a path is asked for. */
const PARENT_FIELDS = 'id,name,parentReference,folder,root';

export function driveDelta(target: Target, get: GraphGet): DriveDelta {
  const drive = drivePath(target);
  return {
    async page(start, signal) {
      const answer = await asked(start, () => get(pathOf(drive, start), signal, { accept: [410], headers: CHANGED_ITEMS_ONLY }));
      return answer.status === 410 ? readGone(answer) : readPage(answer, start);
    },
    linkSince: (since) => pathOf(drive, { since }),
    async item(id, signal) {
      // What became of a folder since is no reason to end a watch: it has no path then.
      const { status, body } = await get(`${drive}/items/${encodeURIComponent(id)}?$select=${PARENT_FIELDS}`, signal, { accept: [400, 403, 404, 410] });
      return status < 300 ? body : undefined;
    },
    async driveId(signal) {
      const { body } = await get(`${drive}?$select=id`, signal);
      const id = field(body, 'id');
      if (typeof id === 'string' && id !== '') return id;
      throw unusable('it names no drive');
    },
  };
}

function pathOf(drive: string, start: DeltaStart): string {
  if (start === 'beginning') return `${drive}/root/delta?$top=${ENUMERATION_PAGE}`;
  if (start === 'latest') return `${drive}/root/delta?token=latest`;
  // Verbatim: the forms of links vary (`delta?token=…`, `delta(token='…')`).
  if ('link' in start) return start.link;
  return `${drive}/root/delta?token=${encodeURIComponent(new Date(start.since).toISOString())}`;
}

/** `token=<timestamp>` works on business and SharePoint drives only; the others' refusal says less. */
async function asked(start: DeltaStart, request: () => Promise<GraphAnswer>): Promise<GraphAnswer> {
  try {
    return await request();
  } catch (error) {
    if (typeof start === 'string' || !('since' in start) || !(error instanceof WatchError) || error.category !== 'refused' || error.status !== 400) throw error;
    throw new WatchError('refused', error.message, {
      ...detailsOf(error),
      hint: 'Only OneDrive for Business and SharePoint drives know --since: take a cursor beforehand (graph-watch cursor), or use --resume.',
    });
  }
}

function detailsOf({ code, status, requestId, cause }: WatchError): ConstructorParameters<typeof WatchError>[2] {
  return { code, status, requestId, cause };
}

function readPage({ body, headers }: GraphAnswer, start: DeltaStart): DeltaPage {
  const items = field(body, 'value');
  const next = field(body, '@odata.nextLink');
  const cursor = field(body, '@odata.deltaLink');
  if (!Array.isArray(items)) throw unusable('it has no items');
  const at = Date.parse(headers.date ?? '');
  const page: DeltaPage = { items, ...(Number.isNaN(at) ? {} : { at }) };
  if (typeof next === 'string' && next !== '') {
    if (typeof start === 'object' && 'link' in start && start.link === next) throw unusable('its next page is itself');
    return { ...page, next };
  }
  if (typeof cursor === 'string' && cursor !== '') return { ...page, cursor };
  throw unusable('it has no link to go on from');
}

/** The codes are spelled in several ways and nest; the header decides where to start over, if at all. */
function readGone({ body, headers }: GraphAnswer): DeltaGone {
  const { code, codes } = readGraphError(JSON.stringify(body ?? null));
  return { gone: codes.find((name) => /resync/i.test(name)) ?? code ?? 'gone', location: headers.location };
}

function unusable(why: string): WatchError {
  return new WatchError('network', `Graph's answer to the delta request cannot be used: ${why}.`, { code: 'badDelta' });
}
