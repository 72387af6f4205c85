import { mutated } from '../mutate.mjs';
import { rawServer, SILENCE } from '../raw-server.mjs';
import { shortRuns } from '../short-runs.mjs';

// A proxy that breaks its answer to CONNECT, or what follows it. In the end it wants a password, which is final.

const PASSWORD = 'pR7xQ2mZ9kLw4Tb8';
/** As it travels in `Proxy-Authorization`. */
const CREDENTIALS = Buffer.from(`ada:${PASSWORD}`).toString('base64');
const TOKEN = 'EwCIA8l6BAAU7PzvQnxFo2Ykq9Zd4Wt1';
const WANTS_PASSWORD = 'HTTP/1.1 407 Proxy Authentication Required\r\nproxy-authenticate: Basic\r\ncontent-length: 0\r\n\r\n';
const CORPUS = [
  'HTTP/1.1 200 Connection established\r\n\r\n', WANTS_PASSWORD, 'HTTP/1.1 403 Forbidden\r\ncontent-length: 5\r\n\r\nno\u001b[m', 'HTTP/1.0 502 Bad Gateway\r\n\r\n<html>',
  'HTTP/1.1 200 OK\r\n\r\n\x16\x03\x03\x00\x02\x02\x28', 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhello\r\n', 'HTTP/1.1 100 Continue\r\n\r\n', 'SSH-2.0-x\r\n',
];

export function run(part) {
  return shortRuns(part, async (_folder, { random, isTerminated }) => {
    const broken = random.between(1, 6);
    let asked = 0;
    const seen = [];
    const server = await rawServer(() => {
      asked += 1;
      if (isTerminated && random.between(0, 1) === 0) return SILENCE;
      if (asked > broken) return WANTS_PASSWORD;
      const text = random.pick([
        () => mutated(random.pick(CORPUS), random, { secrets: [PASSWORD] }), () => random.pick(CORPUS), () => '', () => `HTTP/1.1 200 OK\r\nx: ${'/'.repeat(random.between(0, 100_000))}\r\n\r\n`,
      ])();
      seen.push(text.slice(0, 300));
      return text;
    });
    return {
      args: random.pick([['endpoint', 'me'], ['cursor', 'me', '--debug'], ['watch', 'me', '-n', '1']]), secrets: [PASSWORD, CREDENTIALS, TOKEN], close: () => server.close(),
      env: { HTTPS_PROXY: `http://ada:${PASSWORD}@127.0.0.1:${server.port}`, GRAPH_WATCH_TOKEN: TOKEN },
      get repeat() { return JSON.stringify(seen); },
    };
  });
}
