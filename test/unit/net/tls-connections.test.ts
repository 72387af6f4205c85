import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { connect, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect as connectTls, createSecureContext, createServer, type Server, type TLSSocket } from 'node:tls';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { certificateFor, type TestCertificate } from '../../support/certificate.ts';
import { TlsConnections, type TlsPlace } from '../../../src/net/tls-connections.ts';

const folder = mkdtempSync(join(tmpdir(), 'graph-watch-tls-'));
let trusted: TestCertificate;
let other: TestCertificate;
beforeAll(async () => {
  [trusted, other] = [await certificateFor(['push.example'], folder), await certificateFor(['push.example'], mkdtempSync(join(folder, 'other-')))];
});
afterAll(() => { rmSync(folder, { recursive: true, force: true }); });

let server: Server | undefined;
afterEach(() => {
  server?.close();
});

/** A server that greets each client and hangs up. */
async function greeting(version: 'TLSv1.2' | 'TLSv1.3', { key, cert }: TestCertificate = trusted): Promise<Server> {
  server = createServer({ key, cert, minVersion: version, maxVersion: version }, (socket) => {
    socket.on('error', () => undefined);
    socket.end('hello');
    socket.resume();
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return server;
}

const portOf = (at: Server): number => (at.address() as AddressInfo).port;
const connections = (): TlsConnections => new TlsConnections(createSecureContext({ ca: readFileSync(trusted.caFile, 'utf8') }));

/** Says whether a connection resumed a session, once it is over: its own session comes last. */
async function resumed(opened: TLSSocket): Promise<boolean> {
  let isReused = false;
  opened.once('secureConnect', () => { isReused = opened.isSessionReused(); });
  opened.resume();
  await once(opened, 'close');
  return isReused;
}

describe.each(['TLSv1.2', 'TLSv1.3'] as const)('with %s', (version) => {
  it('each connection resumes the session of the first', async () => {
    const port = portOf(await greeting(version));
    const tls = connections();
    const place = { host: '127.0.0.1', port };
    expect([await resumed(tls.open(place)), await resumed(tls.open(place)), await resumed(tls.open(place))]).toEqual([false, true, true]);
  });

  it('each connection through a tunnel resumes it too', async () => {
    const port = portOf(await greeting(version));
    const tls = connections();
    const through = async (): Promise<TLSSocket> => {
      const socket = connect({ host: '127.0.0.1', port });
      await once(socket, 'connect');
      return tls.open({ host: 'push.example', port, socket });
    };
    expect([await resumed(await through()), await resumed(await through())]).toEqual([false, true]);
  });

  it('a session that the server no longer knows is replaced by its next one', async () => {
    const greeter = await greeting(version);
    const tls = connections();
    const place = { host: '127.0.0.1', port: portOf(greeter) };
    expect(await resumed(tls.open(place))).toBe(false);
    greeter.setTicketKeys(Buffer.alloc(48, 1));
    expect([await resumed(tls.open(place)), await resumed(tls.open(place)), await resumed(tls.open(place))]).toEqual([false, true, true]);
  });

  it('each connection to a host whose second address answers resumes it too', async () => {
    const port = portOf(await greeting(version));
    const tls = connections();
    const lookup: TlsPlace['lookup'] = (_host, _options, callback) => { callback(null, [{ address: '::1', family: 6 }, { address: '127.0.0.1', family: 4 }]); };
    const place = { host: 'push.example', port, lookup };
    expect([await resumed(tls.open(place)), await resumed(tls.open(place))]).toEqual([false, true]);
  });

  it('sessions are kept per host, not per address', async () => {
    const port = portOf(await greeting(version));
    const tls = connections();
    expect(await resumed(tls.open({ host: '127.0.0.1', port }))).toBe(false);
    const named = tls.open({ host: 'push.example', port, lookup: (_host, _options, callback) => { callback(null, [{ address: '127.0.0.1', family: 4 }]); } });
    expect(await resumed(named)).toBe(false);
  });

  it('a certificate for another name is refused every time, and so is an untrusted one', async () => {
    const tls = connections();
    const port = portOf(await greeting(version));
    const wrong: TlsPlace = { host: 'localhost', port, lookup: (_host, _options, callback) => { callback(null, [{ address: '127.0.0.1', family: 4 }]); } };
    for (let attempt = 0; attempt < 3; attempt += 1) expect(await once(tls.open(wrong), 'error')).toMatchObject([{ code: 'ERR_TLS_CERT_ALTNAME_INVALID' }]);
    server?.close();
    const unknown = { host: '127.0.0.1', port: portOf(await greeting(version, other)) };
    for (let attempt = 0; attempt < 3; attempt += 1) expect(await once(tls.open(unknown), 'error')).toMatchObject([{ code: 'CERT_SIGNATURE_FAILURE' }]);
  });
});

describe('whatever a server does between connections', () => {
  const VERSIONS = ['TLSv1.2', 'TLSv1.3'] as const;
  const HOSTS = ['push.example', 'elsewhere.example'] as const;
  const LOCAL: TlsPlace['lookup'] = (_host, _options, callback) => { callback(null, [{ address: '127.0.0.1', family: 4 }]); };

  /** What became of a connection: the greeting, or the code of its error; and whether it resumed a session. */
  async function outcome(opened: TLSSocket): Promise<{ said: string; isReused: boolean }> {
    let text = '';
    let code: string | undefined;
    let isReused = false;
    opened.once('secureConnect', () => { isReused = opened.isSessionReused(); });
    opened.on('error', (error: NodeJS.ErrnoException) => { code = error.code; });
    opened.on('data', (data: Buffer) => { text += data.toString(); });
    await new Promise((resolve) => { opened.once('close', resolve); });
    return { said: code ?? text, isReused };
  }

  it('each connection has the same outcome as without an earlier session', async () => {
    const step = fc.oneof(
      { weight: 4, arbitrary: fc.record({ open: fc.constantFrom(...HOSTS) }) },
      fc.constant('new ticket key' as const),
      fc.record({ version: fc.constantFrom(...VERSIONS), isTrusted: fc.boolean() }),
    );
    const seen = new Map<string, number>();
    await fc.assert(fc.asyncProperty(fc.array(step, { minLength: 2, maxLength: 10 }), async (steps) => {
      const greeter = createServer({ key: trusted.key, cert: trusted.cert }, (socket) => {
        socket.on('error', () => undefined);
        socket.end('hello');
        socket.resume();
      }).listen(0, '127.0.0.1');
      await once(greeter, 'listening');
      const port = portOf(greeter);
      const secureContext = createSecureContext({ ca: readFileSync(trusted.caFile, 'utf8') });
      const tls = connections();
      for (const each of steps) {
        if (each === 'new ticket key') {
          greeter.setTicketKeys(randomBytes(48));
        } else if ('open' in each) {
          const place: TlsPlace = { host: each.open, port, lookup: LOCAL };
          const { said, isReused } = await outcome(tls.open(place));
          expect(said).toBe((await outcome(connectTls({ host: each.open, port, lookup: LOCAL, servername: each.open, secureContext }))).said);
          const what = isReused ? 'resumed' : said;
          seen.set(what, (seen.get(what) ?? 0) + 1);
        } else {
          const { key, cert } = each.isTrusted ? trusted : other;
          greeter.setSecureContext({ key, cert, minVersion: each.version, maxVersion: each.version });
        }
      }
      greeter.close();
      await once(greeter, 'close');
    }), { numRuns: 60 });
    expect([...seen.keys()].sort()).toEqual(['CERT_SIGNATURE_FAILURE', 'ERR_TLS_CERT_ALTNAME_INVALID', 'hello', 'resumed']);
  });
});

it('trusts Node\'s roots unless it is given roots', async () => {
  const port = portOf(await greeting('TLSv1.3'));
  const [error] = (await once(new TlsConnections(undefined).open({ host: '127.0.0.1', port }), 'error')) as [NodeJS.ErrnoException];
  expect(error.code).toBe('UNABLE_TO_VERIFY_LEAF_SIGNATURE');
});
