import { mutated } from '../mutate.mjs';
import { jsonAnswer, rawServer } from '../raw-server.mjs';
import { shortRuns } from '../short-runs.mjs';

// A Graph whose first answers are broken: the HTTP around them, or the JSON in them. Then it answers rightly.

const TOKEN = 'opaque-graph-token-fuzz';
const PUSH_SECRET = 'w1-secret-fuzz-0123';
const COMMANDS = [['endpoint', 'me'], ['cursor', 'me'], ['watch', 'me', '--changes', '--poll', '1s', '-t', '1s', '--json']];

export function run({ random, until }) {
  return shortRuns(until, async () => {
    const broken = random.between(1, 4);
    let asked = 0;
    const seen = [];
    const server = await rawServer((head) => {
      const right = rightAnswer(head, server.port);
      asked += 1;
      if (asked > broken) return right;
      const text = random.pick([
        () => mutated(right, random, [TOKEN]), () => jsonAnswer(mutated(right.slice(right.indexOf('\r\n\r\n') + 4), random)), () => failure(random), () => '', () => right.slice(0, random.between(0, right.length)),
        () => `HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n${mutated('5\r\n{"a":\r\n3\r\n1} \r\n0\r\n\r\n', random)}`,
        () => jsonAnswer(`{"value":[${'[]'.repeat(random.between(0, 1_000))}],"x":"${'/'.repeat(random.between(0, 300_000))}"}`),
      ])();
      seen.push(text.slice(0, 300));
      return text;
    });
    const args = random.pick(COMMANDS);
    const mayShow = args[0] === 'endpoint';
    return {
      args, secrets: mayShow ? [TOKEN] : [TOKEN, PUSH_SECRET], close: () => server.close(),
      env: { GRAPH_WATCH_TOKEN: TOKEN, GRAPH_WATCH_GRAPH_URL: `http://127.0.0.1:${server.port}` },
      get repeat() { return JSON.stringify(seen); },
    };
  });
}

function rightAnswer(head, port) {
  const root = `http://127.0.0.1:${port}/v1.0`;
  if (head.includes('socketIo')) {
    return jsonAnswer({ id: 'e', notificationUrl: `${root.replace('/v1.0', '')}/notifications?token=${PUSH_SECRET}`, expirationDateTime: new Date(Date.now() + 3_600_000).toISOString() });
  }
  if (head.includes('delta')) return jsonAnswer({ value: [{ id: 'r', name: 'root', root: {}, folder: {} }], '@odata.deltaLink': `${root}/me/drive/root/delta?token=c1` });
  return jsonAnswer({ id: 'b!drive', name: 'x', value: [] });
}

function failure(random) {
  const status = random.pick(['400 Bad Request', '401 Unauthorized', '403 Forbidden', '404 Not Found', '410 Gone', '429 Too Many', '500 Oops', '503 Busy', '302 Found', '999 What', '100 Continue']);
  const headers = random.pick(['', `Retry-After: ${mutated('0', random).replace(/[^ -~]/g, '')}\r\n`, 'Location: /\r\n']);
  return jsonAnswer(mutated(JSON.stringify({ error: { code: 'x', message: `the token ${TOKEN} is not valid` } }), random), status, headers);
}
