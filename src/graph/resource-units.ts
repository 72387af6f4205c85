import type { RequestKind } from './request-pace.ts';

const DELTA = /\/(?:microsoft\.graph\.)?delta(\(.*\))?$/i;

/** What answers with one entity: a drive, an item by id or path, its content, an endpoint, a site, a list, a user, a group. */
const ONE_ENTITY = [
  /\/(?:drive|list|root|content|socketIo|me)$/i,
  /\/(?:drives|items|sites|lists|users|groups|teams|channels)\/[^/]+$/i,
  /\/(?:drives|items|sites|lists|users|groups)\('[^/]*'\)$/i,
  // `root:/Reports/Q3.xlsx`, with or without a colon after it; `sites/{host}:/sites/legal`.
  /\/(?:root|items\/[^/]+|sites\/[^/]+):\/[^:]*:?$/i,
];

/**
 * `resourceUnits` returns what a request to Graph costs, in resource units: 1 for a single item, a download, or delta with
 * a token; 2 for a list, a write, and delta without one; 5 for anything with permissions. If a path is not known, the answer is
 * taken for a list. Source: Microsoft Graph, concepts/throttling-limits.md, "SharePoint and OneDrive".
 */
export function resourceUnits({ pathname, searchParams }: URL, method = 'GET'): number {
  const path = pathname.replace(/\/$/, '');
  if (/\/(?:permissions|createLink)\b|\/shares\//i.test(path) || /\bpermissions\b/i.test(searchParams.get('$expand') ?? '')) return 5;
  if (method !== 'GET') return 2;
  const delta = DELTA.exec(path);
  if (delta !== null) return hasToken(delta[1] ?? '', searchParams) ? 1 : 2;
  return ONE_ENTITY.some((form) => form.test(path)) ? 1 : 2;
}

/** `requestKind` returns what a request asks for. */
export function requestKind({ pathname }: URL): RequestKind {
  const path = pathname.replace(/\/$/, '');
  if (DELTA.test(path)) return 'delta';
  return /\/socketIo$/i.test(path) ? 'endpoint' : 'other';
}

/** Links have the token in several forms: `delta?token=…`, `delta(token='…')`, `delta?$skiptoken=…`. */
function hasToken(argument: string, query: URLSearchParams): boolean {
  if (/token='?[^')]/i.test(argument)) return true;
  return [...query].some(([name, value]) => /^\$?(?:skip|delta)?token$/i.test(name) && value !== '');
}
