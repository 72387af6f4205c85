import { describe, expect, it } from '@jest/globals';
import { connectError, describeLoss } from '../../../src/stream/socket-errors.ts';

describe('a connection that was not made', () => {
  it('tells the status that the upgrade was answered with, and how long to wait', () => {
    const error = connectError(new Error('websocket error'), { status: 503, retryAfter: '7' });
    expect(error).toMatchObject({ category: 'network', status: 503, code: 'handshakeRefused', retryAfterMs: 7_000, message: 'the push host refused the connection: HTTP 503' });
  });

  it('counts a Retry-After date from the answer\'s clock, or else from when it came', () => {
    const at = Date.UTC(2026, 9, 21, 7, 28, 0);
    const retryAfter = 'Wed, 21 Oct 2026 07:28:30 GMT';
    expect(connectError(new Error(), { status: 503, retryAfter, at })).toMatchObject({ retryAfterMs: 30_000 });
    expect(connectError(new Error(), { status: 503, retryAfter, date: 'Wed, 21 Oct 2026 07:28:20 GMT', at })).toMatchObject({ retryAfterMs: 10_000 });
  });

  it('says that it was the proxy where only a proxy answers so', () => {
    expect(connectError(new Error(), { status: 407 })).toMatchObject({
      message: 'the proxy refused the connection to the push host: HTTP 407', hint: expect.stringContaining('http://<user>:<password>@'),
    });
  });

  it('tells the cause under engine.io\'s bare "websocket error"', () => {
    const refused = Object.assign(new Error('connect ECONNREFUSED 127.0.0.1:1'), { code: 'ECONNREFUSED' });
    const wanted = { category: 'network', code: 'ECONNREFUSED', message: 'the push host could not be connected: connect ECONNREFUSED 127.0.0.1:1', hint: expect.stringContaining('listens') };
    expect(connectError(new Error('websocket error'), { error: refused })).toMatchObject(wanted);
    expect(connectError(Object.assign(new Error('websocket error'), { description: refused }), {})).toMatchObject(wanted);
    expect(connectError(Object.assign(new Error('websocket error'), { description: { error: refused } }), {})).toMatchObject(wanted);
  });

  it('tells what socket.io said where that is all', () => {
    expect(connectError(new Error('Invalid namespace'), {})).toMatchObject({ category: 'network', message: 'the push host could not be connected: Invalid namespace' });
    expect(connectError(Object.assign(new Error('odd'), { description: 503 }), {})).toMatchObject({ message: 'the push host could not be connected: odd' });
  });
});

describe('a connection that was lost', () => {
  it.each<[string, unknown, string]>([
    ['io server disconnect', undefined, 'the server ended the session'],
    ['ping timeout', undefined, 'nothing was heard from the server for too long'],
    ['parse error', undefined, 'the server sent a frame that is no socket.io'],
    ['transport close', { context: { code: 1000 } }, 'the connection was closed (1000)'],
    ['transport close', { context: { code: 1001 } }, 'the connection was closed (1001)'],
    ['transport close', { context: { code: 1006 } }, 'the connection was closed (1006)'],
    ['transport close', { context: { code: 1011 } }, 'the connection was closed (1011)'],
    ['transport close', undefined, 'the connection was closed'],
    ['transport close', { context: { code: '1000' } }, 'the connection was closed'],
    ['transport error', new Error('outer'), 'the connection broke: outer'],
    ['transport error', Object.assign(new Error('outer'), { description: new Error('read ECONNRESET') }), 'the connection broke: read ECONNRESET'],
    ['transport error', undefined, 'the connection broke'],
    ['something new', null, 'something new'],
  ])('by "%s" with %p is told as "%s"', (reason, details, told) => {
    expect(describeLoss(reason, details)).toBe(told);
  });
});
