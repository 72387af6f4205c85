import { mkdtempSync, rmSync } from 'node:fs';
import { networkInterfaces, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { main } from '../../src/main.ts';
import { startBinary, type Running } from '../support/binary.ts';
import { certificateFor, type TestCertificate } from '../support/certificate.ts';
import { connectProxy, type ConnectProxy } from '../support/connect-proxy.ts';
import { fakeGraph, type FakeGraph } from '../support/fake-graph.ts';
import { fakeSurroundings } from '../support/fake-surroundings.ts';

const GRAPH = 'graph.microsoft.com:443';
const PUSH = '3-westeurope1.pushp.svc.ms:443';
const BASIC = `Basic ${Buffer.from('ada:p@ss w%rd').toString('base64')}`;

let folder: string;
let tls: TestCertificate;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'graph-watch-network-'));
  tls = await certificateFor(['graph.microsoft.com', '3-westeurope1.pushp.svc.ms', 'push.example', 'localhost'], folder);
});
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

let proxy: ConnectProxy;
let graph: FakeGraph;
beforeEach(async () => {
  proxy = await connectProxy();
});
afterEach(async () => {
  await graph.close();
  await proxy.close();
});

/** The global cloud as the tool sees it: real names, reached through the proxy. */
async function globalCloud(push = PUSH): Promise<void> {
  graph = await fakeGraph({ tls });
  proxy.routes.set(GRAPH, Number(new URL(graph.url).port)).set(push, Number(new URL(graph.pushUrl).port));
  for (let i = 0; i < 5; i += 1) graph.answers.push({ notificationUrl: `https://${push.replace(':443', '')}/notifications?token=w1-secret-1%2Bd` });
}

const run = (argv: readonly string[], env: Record<string, string>): Running =>
  startBinary(argv, { env: { GRAPH_WATCH_TOKEN: 'opaque-graph-token', NODE_EXTRA_CA_CERTS: tls.caFile, ...env } });
const targets = (): string[] => proxy.tunnels.map(({ target }) => target);

describe('a proxy', () => {
  it.each([
    ['with credentials in its URL', (port: number) => ({ HTTPS_PROXY: `http://ada:p%40ss%20w%25rd@127.0.0.1:${port}` })],
    ['without a scheme', (port: number) => ({ https_proxy: `ada:p%40ss%20w%25rd@127.0.0.1:${port}` })],
    ['for everything', (port: number) => ({ ALL_PROXY: `http://ada:p%40ss%20w%25rd@127.0.0.1:${port}/` })],
  ])('%s carries both Graph and the push socket', async (_how, env) => {
    await globalCloud();
    const running = run(['watch', 'me', '-n', '1', '--debug'], env(proxy.port));
    const connection = await graph.connection(0);
    expect(connection.url).toBe('/socket.io/?token=w1-secret-1%2Bd&EIO=4&transport=websocket');
    connection.notify('through');
    const { code, stdout, stderr } = await running.done;
    expect([code, stdout]).toEqual([0, expect.stringContaining('"data":"through"')]);
    expect(proxy.tunnels).toEqual([{ target: GRAPH, authorization: BASIC }, { target: PUSH, authorization: BASIC }]);
    expect(graph.requests[0]!.headers).not.toHaveProperty('proxy-authorization');
    expect(connection.headers).not.toHaveProperty('proxy-authorization');
    expect(stdout + stderr).not.toMatch(/p@ss|p%40ss|YWRhOn|w1-secret|opaque-graph/);
    expect(stderr).not.toContain('warning');
  });

  it('can itself use TLS', async () => {
    await globalCloud();
    const secure = await connectProxy(tls);
    for (const [target, port] of proxy.routes) secure.routes.set(target, port);
    const running = run(['watch', 'me', '-n', '1'], { HTTPS_PROXY: `https://ada@localhost:${secure.port}` });
    (await graph.connection(0)).notify('x');
    expect((await running.done).code).toBe(0);
    const token = `Basic ${Buffer.from('ada:').toString('base64')}`;
    expect(secure.tunnels).toEqual([{ target: GRAPH, authorization: token }, { target: PUSH, authorization: token }]);
    await secure.close();
  });

  it('is not used for what NO_PROXY names', async () => {
    graph = await fakeGraph({ name: 'localhost' });
    const graphHost = new URL(graph.url).host;
    const pushHost = new URL(graph.pushUrl).host.replace('localhost', '127.0.0.1');
    const through = async (noProxy: string): Promise<string[]> => {
      graph.answers.push({ notificationUrl: `http://${pushHost}/notifications?token=w1-1` });
      proxy.tunnels.length = 0;
      const index = graph.connections.length;
      const env = { GRAPH_WATCH_TOKEN: 'opaque', GRAPH_WATCH_GRAPH_URL: graph.url, HTTP_PROXY: `http://127.0.0.1:${proxy.port}`, NO_PROXY: noProxy };
      const done = main(['watch', 'me', '-n', '1'], fakeSurroundings({ env }));
      (await graph.connection(index)).notify('x');
      expect(await done).toBe(0);
      return targets();
    };
    expect(await through('')).toEqual([graphHost, pushHost]);
    expect(await through('localhost')).toEqual([pushHost]);
    expect(await through('127.0.0.0/8')).toEqual([graphHost]);
    expect(await through('localhost,127.0.0.1')).toEqual([]);
    expect(await through('*')).toEqual([]);
  });

  it('in HTTP_PROXY applies to plain http', async () => {
    graph = await fakeGraph();
    const s = fakeSurroundings({ env: { GRAPH_WATCH_TOKEN: 'opaque', GRAPH_WATCH_GRAPH_URL: graph.url, HTTP_PROXY: `http://127.0.0.1:${proxy.port}`, HTTPS_PROXY: 'http://127.0.0.1:1' } });
    const done = main(['watch', 'me', '-n', '1'], s);
    (await graph.connection(0)).notify('x');
    expect(await done).toBe(0);
    expect(targets()).toEqual([new URL(graph.url).host, new URL(graph.pushUrl).host]);
    expect(proxy.others).toEqual([]);
  });

  it('that requires a password is reported, for Graph and for the push host', async () => {
    await globalCloud();
    const env = { HTTPS_PROXY: `http://127.0.0.1:${proxy.port}` };
    proxy.refusals.set(GRAPH, 407);
    const { code, stderr } = await run(['endpoint', 'me'], env).done;
    expect([code, stderr]).toEqual([4, `error: graph.microsoft.com could not be reached: the proxy http://127.0.0.1:${proxy.port} (HTTPS_PROXY) requires a user name and password (HTTP 407)\nPut them into HTTPS_PROXY: http://<user>:<password>@<host>:<port>.\n`]);
    proxy.refusals.clear();
    proxy.refusals.set(PUSH, 407);
    const watch = await run(['watch', 'me'], env).done;
    expect([watch.code, watch.stderr]).toEqual([4, expect.stringContaining('requires a user name and password (HTTP 407)')]);
    expect(graph.handshakes).toEqual([]);
  });

  it('that cannot be reached is reported with the cause', async () => {
    graph = await fakeGraph();
    const gone = await connectProxy();
    await gone.close();
    const { code, stderr } = await run(['endpoint', 'me'], { HTTPS_PROXY: `http://ada:secret-password@127.0.0.1:${gone.port}` }).done;
    expect(code).toBe(4);
    expect(stderr).toMatch(new RegExp(`^error: graph\\.microsoft\\.com could not be reached: could not connect to the proxy http://127\\.0\\.0\\.1:${gone.port} \\(HTTPS_PROXY\\): connect ECONNREFUSED 127\\.0\\.0\\.1:${gone.port}\n.*\n$`));
  });

  it('that does not answer does not delay Ctrl-C', async () => {
    graph = await fakeGraph();
    proxy.refusals.set(GRAPH, 'hang');
    const running = run(['endpoint', 'me'], { HTTPS_PROXY: `http://127.0.0.1:${proxy.port}` });
    await proxy.asked(1);
    running.process.kill('SIGINT');
    expect(await running.done).toEqual({ code: 130, stdout: '', stderr: '' });
  });

  it.each(['socks5://127.0.0.1:1', 'http://ada:secret-password@', 'not a proxy'])('"%s" is refused before anything is sent, and not printed', async (HTTPS_PROXY) => {
    graph = await fakeGraph();
    for (const command of ['endpoint', 'watch']) {
      const s = fakeSurroundings({ env: { GRAPH_WATCH_TOKEN: 'opaque', HTTPS_PROXY } });
      expect(await main([command, 'me'], s)).toBe(2);
      expect(s.stderr.text).toMatch(/error: The proxy in HTTPS_PROXY is not an http:\/\/ or https:\/\/ URL\.\nSet it like/);
      expect(s.stderr.text).not.toContain('secret-password');
    }
  });
});

describe('a push host outside svc.ms', () => {
  it('causes one warning in the global cloud, without its query', async () => {
    await globalCloud('push.example:443');
    const running = run(['watch', 'me', '-n', '1'], { HTTPS_PROXY: `http://127.0.0.1:${proxy.port}`, NODE_OPTIONS: '--import=data:text/javascript,Math.random=()=>0.001' });
    (await graph.connection(0)).terminate();
    (await graph.connection(1)).notify('x');
    const { code, stderr } = await running.done;
    expect(code).toBe(0);
    expect(stderr.match(/^warning: .*$/gm)).toEqual(['warning: the push host push.example is not under svc.ms, where this cloud\'s push hosts are known to be']);
  });
});

describe('a certificate', () => {
  it('from an unknown authority is reported with what to do', async () => {
    graph = await fakeGraph({ tls, name: 'localhost' });
    const { code, stderr } = await startBinary(['endpoint', 'me'], { env: { GRAPH_WATCH_TOKEN: 'opaque', GRAPH_WATCH_GRAPH_URL: graph.url } }).done;
    expect(code).toBe(4);
    expect(stderr).toMatch(/^error: localhost:\d+ could not be reached: .*certificate.*\nThe certificate is not from a known authority: add yours with NODE_EXTRA_CA_CERTS\.\n$/);
  });

  it('for another name is refused, for Graph and for the push host', async () => {
    graph = await fakeGraph({ tls: await certificateFor(['other.example'], mkdtempSync(join(folder, 'other-'))), name: 'localhost' });
    const running = run(['watch', 'me'], { GRAPH_WATCH_GRAPH_URL: graph.url });
    const { code, stderr } = await running.done;
    expect([code, stderr]).toEqual([4, expect.stringMatching(/^error: .*certificate/i)]);
    expect(graph.requests).toEqual([]);
  });
});

describe('IPv6', () => {
  const available = Object.values(networkInterfaces()).flat().some((one) => one?.address === '::1');

  it('carries Graph and the push socket, plain and with TLS, or the error says why not', async () => {
    graph = await fakeGraph();
    if (!available) {
      const s = fakeSurroundings({ env: { GRAPH_WATCH_TOKEN: 'opaque', GRAPH_WATCH_GRAPH_URL: 'http://[::1]:9' } });
      expect(await main(['endpoint', 'me'], s)).toBe(4);
      expect(s.stderr.text).toMatch(/^error: \[::1\]:9 could not be reached/);
      return;
    }
    for (const options of [{}, { tls }]) {
      const six = await fakeGraph({ host: '::1', ...options });
      const running = run(['watch', 'me', '-n', '1'], { GRAPH_WATCH_GRAPH_URL: six.url });
      const connection = await six.connection(0);
      expect(connection.headers.host).toBe(new URL(six.pushUrl).host);
      connection.notify('over IPv6');
      const { code, stdout } = await running.done;
      expect([code, stdout]).toEqual([0, expect.stringContaining('over IPv6')]);
      expect(six.url).toContain('[::1]');
      await six.close();
    }
  });
});
