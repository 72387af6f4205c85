// Drives as Graph's delta shows them. Answers are rendered before they are requested, and are not compressed:
// no contender asks for that. The links come before the items, as in an answer of the live service
// (microsoft-graph-docs issue 2749).

const PAGE_ITEMS = 1_000;
const FOLDER_ITEMS = 20;
const SMALL_DRIVE = 200;
const LARGE_DRIVE = 200_000;
/** By name: `me` for changes, and one to enumerate. */
const SIZES = { me: SMALL_DRIVE, large: LARGE_DRIVE };
const CONTEXT = 'https://graph.microsoft.com/v1.0/$metadata#Collection(driveItem)';
const DRIVE_ID = 'b!KGKJ2GGr1kGzWQ4Qb2C5W0r1q0dM7nFPq5rj0iGkYcY3c9rB5eXkT5m8VbJ5mXr0';

/** As long as ids of a business drive are. */
const idOf = (index) => `01${index.toString(32).toUpperCase().padStart(32, 'V')}`;
const guidOf = (index) => `${index.toString(16).toUpperCase().padStart(8, '0')}-4F4F-4A4A-8B8B-1234567890AB`;
const parentOf = (index) => Math.floor((index - 1) / FOLDER_ITEMS / FOLDER_ITEMS) * FOLDER_ITEMS;
const isFolder = (index) => index % FOLDER_ITEMS === 0;

function pathOf(index) {
  return index === 0 ? '' : `${pathOf(parentOf(index))}/Folder%20${index}`;
}

/** An item of a business drive with the fields that delta gives; the first is the root, and every twentieth a folder. */
function item(index, name = isFolder(index) ? `Folder ${index}` : `Quarterly report ${index}.xlsx`, version = 3, modified = '2026-05-11T21:52:27Z') {
  const who = { user: { email: 'ada@contoso.example', id: 'f1d5a1de-6d1f-4f55-9d0f-6f7c2b1f3a11', displayName: 'Ada Example' } };
  const path = index === 0 ? '' : pathOf(parentOf(index));
  return {
    createdDateTime: '2026-05-11T21:52:27Z',
    eTag: `"{${guidOf(index)}},${version}"`,
    id: idOf(index),
    lastModifiedDateTime: modified,
    name: index === 0 ? 'root' : name,
    size: index * 7,
    webUrl: `https://contoso-my.sharepoint.com/personal/ada_contoso_example/Documents${path}/${encodeURIComponent(name)}`,
    createdBy: who,
    lastModifiedBy: who,
    parentReference: {
      driveType: 'business', driveId: DRIVE_ID, siteId: 'd8896228-ab61-41d6-b359-0e106f60b95b',
      ...(index === 0 ? {} : { id: idOf(parentOf(index)), name: parentOf(index) === 0 ? 'root' : `Folder ${parentOf(index)}`, path: `/drives/${DRIVE_ID}/root:${path}` }),
    },
    fileSystemInfo: { createdDateTime: '2026-05-11T21:52:27Z', lastModifiedDateTime: modified },
    ...(isFolder(index) ? { folder: { childCount: FOLDER_ITEMS } } : { file: { mimeType: 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet', hashes: { quickXorHash: 'Dmb3GqXZ2bYwXm4kT0rSx1mJd2E=' } } }),
    ...(index === 0 ? { root: {} } : {}),
  };
}

function answer(link, url, items) {
  return Buffer.from(JSON.stringify({ '@odata.context': CONTEXT, [link]: url, value: items }));
}

export function createDrives() {
  /** By drive: its pages, from the first. */
  const pages = new Map();
  /** By bearer token: the change that its last notification was for. */
  const changes = new Map();

  const deltaUrl = (origin, drive, token) => `${origin}/v1.0/${drive === 'me' ? 'me/drive' : `drives/${drive}`}/root/delta?token=${token}`;

  function prepare(drive, origin) {
    const size = SIZES[drive];
    const rendered = [];
    for (let first = 0; first < size; first += PAGE_ITEMS) {
      const items = Array.from({ length: Math.min(PAGE_ITEMS, size - first) }, (_, offset) => item(first + offset));
      const next = first + PAGE_ITEMS;
      rendered.push(next < size ? answer('@odata.nextLink', deltaUrl(origin, drive, `page-${next / PAGE_ITEMS}`), items) : answer('@odata.deltaLink', deltaUrl(origin, drive, 'change-0'), items));
    }
    pages.set(drive, rendered);
    return { items: size, pages: rendered.length, bytes: rendered.reduce((sum, { length }) => sum + length, 0) };
  }

  return {
    /** Renders a drive, with links that lead to this origin. */
    prepare,
    /** Changes one file; `mark` is part of its name. */
    change(bearer, origin, mark) {
      const version = (changes.get(bearer)?.version ?? 0) + 1;
      const modified = `${new Date().toISOString().slice(0, 19)}Z`;
      changes.set(bearer, { version, body: answer('@odata.deltaLink', deltaUrl(origin, 'me', `change-${version}`), [item(33, `Quarterly report mark:${mark};.xlsx`, 3 + version, modified)]) });
    },
    /** The body for a request of delta. */
    body(url, bearer, origin) {
      const [, drive = 'me'] = /\/drives\/([^/]+)\//.exec(url) ?? [];
      const [, kind, number] = /[?&]token=(?:(page|change)-(\d+)|latest)/.exec(url) ?? [];
      const { version, body } = changes.get(bearer) ?? { version: 0 };
      if (kind === 'change' && Number(number) < version) return body;
      if (url.includes('token=') && kind !== 'page') return answer('@odata.deltaLink', deltaUrl(origin, drive, `change-${version}`), []);
      return pages.get(drive)[kind === 'page' ? Number(number) : 0];
    },
  };
}
