import { once } from 'node:events';
import { createServer } from 'node:http';

// A Graph with one drive that has a history: each cursor says how many of its rounds are known.

const file = (id, name, parent, more = {}) => ({ id, name, parentReference: { id: parent }, file: {}, size: 5, eTag: `"{${id}},1"`, ...more });
const folder = (id, name, parent) => ({ id, name, parentReference: { id: parent }, folder: {}, eTag: `"{${id}},1"` });
const gone = (id) => ({ id, deleted: { state: 'deleted' } });

const FILLER = Array.from({ length: 100 }, (_, index) => file(`filler${index}`, `filler ${index}.txt`, 'old'));
/** What each round brings; the first is there from the beginning. */
const ROUNDS = [
  [{ id: 'root', name: 'root', root: {}, folder: {} }, folder('reports', 'Reports', 'root'), folder('old', 'Old', 'root'), ...['a', 'b', 'c', 'd', 'e', 'f'].map((id) => file(id, `${id}.txt`, 'root')), ...FILLER],
  [file('g', 'g.txt', 'reports'), file('a', 'a.txt', 'root', { size: 6, eTag: '"{a},2"' })],
  [file('b', 'renamed ü.txt', 'root'), file('c', 'c.txt', 'old')],
  [gone('d'), folder('new', 'New', 'root'), file('h', 'h.txt', 'new')],
  [file('e', 'e.txt', 'root', { size: 9, eTag: '"{e},2"' }), file('f', 'f2.txt', 'reports'), gone('g'), file('j', 'j.txt', 'reports')],
  [file('i', 'i.txt', 'new'), file('h', 'h.txt', 'reports'), gone('c'), gone('old'), ...FILLER.map(({ id }) => gone(id))],
];
export const LAST_ROUND = ROUNDS.length - 1;
/** From round to round, by the clock of the service. */
const ROUND_MS = 60_000;

/**
 * Starts the service. `visit(token, { round, onDelta })` gives a run, known by its access token, its own place in
 * the history: `onDelta(count, visitor)` is called before each delta query is answered, and may set `visitor.round`.
 */
export async function historyServer() {
  const visitors = new Map();
  const start = Date.now() - ROUNDS.length * ROUND_MS;
  const times = ROUNDS.map((_round, index) => new Date(start + index * ROUND_MS).toISOString());
  const server = createServer((request, response) => {
    const visitor = visitors.get(/^Bearer (.*)$/.exec(request.headers.authorization ?? '')?.[1]);
    const root = `http://127.0.0.1:${server.address().port}/v1.0`;
    const send = (status, body) => {
      // The round was played half a minute ago.
      response.writeHead(status, { 'content-type': 'application/json', date: new Date(start + (visitor?.round ?? 0) * ROUND_MS + ROUND_MS / 2).toUTCString() });
      response.end(JSON.stringify(body));
    };
    if (visitor === undefined) {
      send(401, { error: { code: 'InvalidAuthenticationToken', message: 'unknown' } });
      return;
    }
    const url = new URL(request.url, root);
    const item = /\/items\/([^/]+)$/.exec(url.pathname)?.[1];
    if (item !== undefined) {
      const found = stateAfter(visitor.round, times).get(decodeURIComponent(item));
      if (found === undefined || 'deleted' in found) send(404, { error: { code: 'itemNotFound', message: 'gone' } });
      else send(200, found);
      return;
    }
    if (!url.pathname.endsWith('/delta')) {
      send(200, { id: 'b!history', name: 'x' });
      return;
    }
    visitor.queries += 1;
    visitor.onDelta?.(visitor.queries, visitor);
    const token = url.searchParams.get('token');
    const known = token === null ? -1 : token === 'latest' ? visitor.round : Number(token.slice(1));
    const value = [...stateAfter(visitor.round, times, known).values()];
    send(200, { value: token === null ? value.filter((each) => !('deleted' in each)) : value, '@odata.deltaLink': `${root}/me/drive/root/delta?token=c${visitor.round}` });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${server.address().port}`,
    visit: (token, { round, onDelta }) => { visitors.set(token, { round, onDelta, queries: 0 }); },
    leave: (token) => visitors.delete(token),
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => { server.close(resolve); });
    },
  };
}

/** The latest of each item that changed after the round `known`, up to `round`; parents come before children. */
function stateAfter(round, times, known = -1) {
  const items = new Map();
  for (let each = known + 1; each <= round; each += 1) {
    for (const item of ROUNDS[each]) {
      items.delete(item.id);
      const created = ROUNDS.findIndex((one) => one.some(({ id }) => id === item.id));
      items.set(item.id, 'deleted' in item ? item : { ...item, createdDateTime: times[created], lastModifiedDateTime: times[each] });
    }
  }
  return items;
}
