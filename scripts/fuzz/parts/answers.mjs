import { cut, mutated } from '../mutate.mjs';
import { jsonAnswer, rawServer, SILENCE } from '../raw-server.mjs';
import { shortRuns } from '../short-runs.mjs';

// A Graph whose first answers are broken: the HTTP around them, or the JSON in them. Later ones are correct.

const TOKEN = 'EwCIA8l6BAAU7PzvQnxFo2Ykq9Zd4Wt1';
const PUSH_SECRET = 'w1Jk8sTq0vRb5nXc3LmH';
const secrets = [TOKEN, PUSH_SECRET];
const COMMANDS = [['endpoint', 'me'], ['cursor', 'me'], ['watch', 'me', '--changes', '--poll', '1s', '-t', '1s', '--json']];

export function run(part) {
  return shortRuns(part, async (_folder, { random, isTerminated }) => {
    const broken = random.between(1, 4);
    let asked = 0;
    const seen = [];
    const server = await rawServer((head) => {
      const right = rightAnswer(head, server.port);
      asked += 1;
      if (isTerminated && random.between(0, 1) === 0) return SILENCE;
      if (asked > broken) return right;
      const text = random.pick([
        () => mutated(right, random, { secrets }), () => jsonAnswer(mutated(right.slice(right.indexOf('\r\n\r\n') + 4), random, { secrets })), () => failure(random), () => '', () => cut(right, random, secrets),
        () => `HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n${mutated('5\r\n{"a":\r\n3\r\n1} \r\n0\r\n\r\n', random)}`,
        () => jsonAnswer(large(random)),
        () => jsonAnswer(`{"value":[${'[]'.repeat(random.between(0, 1_000))}],"x":"${'/'.repeat(random.between(0, 300_000))}"}`),
      ])();
      seen.push(text.slice(0, 300));
      return text;
    });
    const args = random.pick(COMMANDS);
    const mayShow = args[0] === 'endpoint';
    return {
      args, secrets: mayShow ? [TOKEN] : secrets, close: () => server.close(),
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

/** Up to 40 MB of JSON, with little or much in it: more than is read. */
function large(random) {
  if (random.between(0, 4) > 0) return '{"value":[]}';
  const piece = random.pick(['{},', '[],', '0,', '"x",', '{"id":"x","name":"x","file":{}},', `"${'x'.repeat(1_000)}",`]);
  return `{"value":[${piece.repeat(Math.floor(random.between(1, 40_000_000) / piece.length))}{}],"@odata.deltaLink":"x"}`;
}

function failure(random) {
  const status = random.pick(['400 Bad Request', '401 Unauthorized', '403 Forbidden', '404 Not Found', '410 Gone', '429 Too Many', '500 Oops', '503 Busy', '302 Found', '999 What', '100 Continue']);
  const headers = random.pick(['', `Retry-After: ${mutated('0', random).replace(/[^ -~]/g, '')}\r\n`, 'Location: /\r\n']);
  return jsonAnswer(mutated(JSON.stringify({ error: { code: 'x', message: `the token ${TOKEN} is not valid` } }), random, { secrets }), status, headers);
}
