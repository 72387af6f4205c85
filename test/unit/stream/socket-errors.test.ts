import { describe, expect, it } from '@jest/globals';
import type { WatchError } from '../../../src/errors.ts';
import { proxyFor } from '../../../src/net/proxies.ts';
import { TunnelRefused } from '../../../src/net/node-tunnel.ts';
import { connectError, describeLoss, type Peer } from '../../../src/stream/socket-errors.ts';

const NOW = Date.UTC(2026, 9, 21, 7, 28, 0);
const PEER: Peer = { host: 'push.example', now: () => NOW, redact: (text) => text };

describe('a connection that was not made', () => {
  it('has the status of the upgrade\'s answer, and Retry-After', () => {
    const error = connectError(new Error('websocket error'), { status: 503, retryAfter: '7' }, PEER);
    expect(error).toMatchObject({ category: 'network', status: 503, code: 'handshakeRefused', retryAfterMs: 7_000, message: 'the push host refused the connection: HTTP 503' });
  });

  it('measures a Retry-After date from the answer\'s clock, or else from its arrival', () => {
    const retryAfter = 'Wed, 21 Oct 2026 07:28:30 GMT';
    const date = 'Wed, 21 Oct 2026 07:28:20 GMT';
    expect(connectError(new Error(), { status: 503, retryAfter }, PEER)).toMatchObject({ retryAfterMs: 30_000 });
    expect(connectError(new Error(), { status: 503, retryAfter, date }, PEER)).toMatchObject({ retryAfterMs: 10_000 });
    expect(connectError(new Error(), { error: new TunnelRefused(503, { retryAfter, date: undefined }) }, PEER)).toMatchObject({ retryAfterMs: 30_000 });
    expect(connectError(new Error(), { error: new TunnelRefused(503, { retryAfter, date }) }, PEER)).toMatchObject({ retryAfterMs: 10_000 });
  });

  it('blames the proxy for a status that only a proxy sends', () => {
    const refused = (status: number): WatchError => connectError(new Error(), { error: new TunnelRefused(status, { retryAfter: '7', date: undefined }) }, { ...PEER, proxy: proxyFor(new URL('wss://push.example'), { HTTPS_PROXY: 'http://ada:secret@proxy.example:1' }) });
    expect(refused(407)).toMatchObject({
      status: 407, message: 'could not connect to the push host: the proxy http://proxy.example:1 (HTTPS_PROXY) rejected the user name or password (HTTP 407)',
      hint: expect.stringContaining('http://<user>:<password>@'), retryAfterMs: 7_000,
    });
    expect(refused(403)).toMatchObject({ status: 403, hint: expect.stringContaining('push.example') });
    expect(connectError(new Error(), { status: 407 }, PEER)).toMatchObject({ message: 'the push host refused the connection: HTTP 407' });
  });

  it('has the cause behind engine.io\'s bare "websocket error"', () => {
    const refused = Object.assign(new Error('connect ECONNREFUSED 127.0.0.1:1'), { code: 'ECONNREFUSED' });
    const wanted = { category: 'network', code: 'ECONNREFUSED', message: 'could not connect to the push host: connect ECONNREFUSED 127.0.0.1:1', hint: expect.stringContaining('listening') };
    expect(connectError(new Error('websocket error'), { error: refused }, PEER)).toMatchObject(wanted);
    expect(connectError(Object.assign(new Error('websocket error'), { description: refused }), {}, PEER)).toMatchObject(wanted);
    expect(connectError(Object.assign(new Error('websocket error'), { description: { error: refused } }), {}, PEER)).toMatchObject(wanted);
  });

  it('has socket.io\'s message if there is nothing else', () => {
    expect(connectError(new Error('Invalid namespace'), {}, PEER)).toMatchObject({ category: 'network', message: 'could not connect to the push host: Invalid namespace' });
    expect(connectError(new Error(`Invalid\nnamespace ${'/'.repeat(400_000)}`), {}, PEER).message).toBe('could not connect to the push host: Invalid namespace');
    expect(connectError(new Error('x'.repeat(400)), {}, PEER).message).toHaveLength('could not connect to the push host: '.length + 300);
    expect(connectError(Object.assign(new Error('odd'), { description: 503 }), {}, PEER)).toMatchObject({ message: 'could not connect to the push host: odd' });
  });
});

describe('a connection that was lost', () => {
  it.each<[string, unknown, string]>([
    ['io server disconnect', undefined, 'the server ended the session'],
    ['ping timeout', undefined, 'no ping from the server in time'],
    ['parse error', undefined, 'the server sent a frame that is not Socket.IO'],
    ['transport close', { context: { code: 1000 } }, 'the connection was closed (1000)'],
    ['transport close', { context: { code: 1001 } }, 'the connection was closed (1001)'],
    ['transport close', { context: { code: 1006 } }, 'the connection was closed (1006)'],
    ['transport close', { context: { code: 1011 } }, 'the connection was closed (1011)'],
    ['transport close', undefined, 'the connection was closed'],
    ['transport close', { context: { code: '1000' } }, 'the connection was closed'],
    ['transport error', new Error('outer'), 'the connection failed: outer'],
    ['transport error', Object.assign(new Error('outer'), { description: new Error('read ECONNRESET') }), 'the connection failed: read ECONNRESET'],
    ['transport error', undefined, 'the connection failed'],
    ['something new', null, 'something new'],
  ])('by "%s" with %p is described as "%s"', (reason, details, described) => {
    expect(describeLoss(reason, details, PEER.redact)).toBe(described);
  });
});
