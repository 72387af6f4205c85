import type { Address } from './address.ts';
import { base64Text, guid, plainSegments, queryOf, refused, segmentsOf, type Query } from './url-parts.ts';

interface Around {
  cloud: Address['cloud'];
  /** Parses an address inside this one. */
  again: (inner: string) => Address;
}

/** `parseSharePoint` reads an address below a SharePoint host: a site's, a library's, a user's OneDrive, a link. */
export function parseSharePoint(url: URL, { cloud, again }: Around): Address {
  const host = url.host.toLowerCase();
  const query = queryOf(url);
  const segments = segmentsOf(url.pathname);
  const [mark = '', letter = ''] = segments;
  // `/:f:/s/…`, `/:w:/r/…`: what is shared, and how. Only `r` is a plain path; the others hold a token.
  if (/^:[a-z]:$/i.test(mark)) {
    if (letter.toLowerCase() === 'r') return inPath(url.href, host, segments.slice(2), query, { cloud, again });
    return { kind: 'sharing', cloud, url: url.href };
  }
  return inPath(url.href, host, segments, query, { cloud, again });
}

function inPath(url: string, host: string, segments: readonly string[], query: Query, { cloud, again }: Around): Address {
  const lower = segments.map((segment) => segment.toLowerCase());
  const page = lower.at(-1) ?? '';
  const layouts = lower.indexOf('_layouts');
  const site = layouts < 0 ? segments : segments.slice(0, layouts);
  const byLink = linkIn(query);
  if (page === 'guestaccess.aspx' || page === 'sharedfolder.aspx') return { kind: 'sharing', cloud, url };
  const document = guid(query.get('sourcedoc'));
  if (layouts >= 0 && document !== undefined) return { kind: 'document', cloud, host, segments: site, id: document };
  const path = query.get('id') ?? query.get('rootfolder') ?? query.get('sourcedoc');
  // A library of another host, seen through OneDrive: `listurl` says where, `id` which folder.
  const listUrl = query.get('listurl');
  if (listUrl !== undefined && URL.canParse(listUrl)) {
    const list = again(listUrl);
    return path === undefined || list.kind !== 'path' ? list : { ...list, segments: plainSegments(path) };
  }
  if (path?.startsWith('/') === true) return { kind: 'path', cloud, host, segments: plainSegments(path) };
  if (byLink !== undefined) return again(byLink);
  if (layouts >= 0) return { kind: 'path', cloud, host, segments: site };
  // A view of a library: `…/<library>/Forms/AllItems.aspx`.
  const forms = lower.lastIndexOf('forms');
  if (page.endsWith('.aspx') && forms > 0 && forms === segments.length - 2) return { kind: 'path', cloud, host, segments: segments.slice(0, forms) };
  // Pages of a site: `…/SitePages/Home.aspx`.
  const pages = lower.findIndex((segment) => segment === 'sitepages' || segment === 'pages');
  if (page.endsWith('.aspx')) return { kind: 'path', cloud, host, segments: pages >= 0 ? segments.slice(0, pages) : segments.slice(0, -1) };
  // `/my` is a page for whoever opens it: without an id it names no drive.
  if (segments.length === 1 && (page === 'my' || page === 'shared')) {
    throw refused(`https://${host}/${page}`, 'it does not say whose OneDrive it shows', 'Your own is graph-watch watch me; for another, open a folder in it and copy the address.');
  }
  return { kind: 'path', cloud, host, segments };
}

/** The sharing link that led to a page: `originalPath` and `redeem` hold it in base64. */
function linkIn(query: Query): string | undefined {
  for (const name of ['originalpath', 'redeem']) {
    const link = base64Text(query.get(name) ?? '');
    if (link?.startsWith('https://') === true) return link;
  }
  return undefined;
}
