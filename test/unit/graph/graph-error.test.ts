import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { graphError, readGraphError } from '../../../src/graph/graph-error.ts';

const failed = (status: number, body: unknown = {}, headers: Record<string, string> = {}, retryAfterMs?: number) =>
  graphError({ status, headers, body: typeof body === 'string' ? body : JSON.stringify(body), retryAfterMs });

describe('Graph\'s error body', () => {
  it('is read with its request id', () => {
    const body = { error: { code: 'itemNotFound', message: 'Item not found', innerError: { date: '2021-02-02T12:53:45', 'request-id': 'r-1', 'client-request-id': 'c-1' } } };
    expect(readGraphError(JSON.stringify(body))).toEqual({ code: 'itemNotFound', message: 'Item not found', requestId: 'r-1', codes: ['itemNotFound'] });
  });

  it('is read in OneDrive\'s spelling and nesting', () => {
    const body = { error: { code: 'invalidRequest', innererror: { code: 'badArgument', innererror: { code: 'notSupported', message: 'No lists', 'request-id': 'r-2' } } } };
    expect(readGraphError(JSON.stringify(body))).toEqual({ code: 'invalidRequest', message: 'No lists', requestId: 'r-2', codes: ['invalidRequest', 'badArgument', 'notSupported'] });
  });

  it.each(['', '<html>', 'null', '[]', '5', '{}', '{"error":"text"}', '{"error":{"code":5,"message":{}}}', '{"error":{"innererror":[]}}'])('may be %j', (body) => {
    expect(readGraphError(body)).toEqual({ code: undefined, message: undefined, requestId: undefined, codes: [] });
  });

  it('may be anything', () => {
    fc.assert(fc.property(fc.oneof(fc.string(), fc.json(), fc.json().map((inner) => `{"error":${inner}}`)), fc.integer({ min: 100, max: 599 }), (body, status) => {
      const error = failed(status, body);
      expect(error.message).toContain(String(status));
      expect(error.message).not.toMatch(/[\r\n]/);
    }));
  });
});

describe('a status', () => {
  it.each([
    [301, 'network'], [304, 'network'], [400, 'refused'], [401, 'auth'], [403, 'refused'], [404, 'refused'], [405, 'refused'], [408, 'network'], [410, 'refused'],
    [423, 'refused'], [429, 'network'], [500, 'network'], [502, 'network'], [503, 'network'], [504, 'network'], [509, 'network'],
  ] as const)('%p has the category %s', (status, category) => {
    expect(failed(status)).toMatchObject({ category, status });
  });

  it('has a hint for what to do next', () => {
    expect(failed(401).hint).toMatch(/graph-watch login/);
    expect(failed(403).hint).toMatch(/scope/);
    expect(failed(404).hint).toMatch(/id/);
    expect(failed(400).hint).toMatch(/id/);
    expect(failed(400, { error: { code: 'notSupported' } }).hint).toMatch(/document libraries/);
    expect(failed(503).hint).toBeUndefined();
  });
});

describe('the error', () => {
  it('has status, code and message in one line, and the request id', () => {
    const error = failed(403, { error: { code: 'accessDenied', message: 'Access\r\n denied.', innerError: { 'request-id': 'r-1' } } }, { 'request-id': 'r-0' });
    expect(error).toMatchObject({ message: 'Graph returned 403 accessDenied: Access denied', requestId: 'r-1', code: 'accessDenied' });
  });

  it('takes the request id from the header if the body has none', () => {
    expect(failed(502, '<html>', { 'request-id': 'r-0' })).toMatchObject({ message: 'Graph returned 502', requestId: 'r-0' });
  });

  it('shortens long text', () => {
    expect(failed(400, { error: { message: 'x'.repeat(10_000) } }).message.length).toBeLessThan(350);
  });

  it('is notSupported at whatever depth that code is', () => {
    expect(failed(400, { error: { code: 'invalidRequest', innererror: { code: 'notSupported' } } })).toMatchObject({ code: 'notSupported', category: 'refused' });
  });

  it('redacts Graph\'s message before it is shortened, and says if a body was too long', () => {
    const body = JSON.stringify({ error: { code: 'x', message: `${'word '.repeat(58)}TOKEN-SECRET-1234567890` } });
    const redact = (text: string): string => text.replace('TOKEN-SECRET-1234567890', '[redacted]');
    const { message } = graphError({ status: 500, headers: {}, body, retryAfterMs: undefined, redact });
    expect(message).toContain('word word [redacted]');
    expect(graphError({ status: 500, headers: {}, body: '', bodyDropped: true, retryAfterMs: undefined }).message).toMatch(/^Graph returned 500, with an error body that is too long/);
  });

  it('shortens and redacts the code and the request id, too', () => {
    const redact = (text: string): string => text.replaceAll('opaque-token', '[redacted]');
    const id = `r opaque-token ${'x '.repeat(50_000)}`;
    const error = graphError({ status: 503, headers: {}, body: JSON.stringify({ error: { code: `c opaque-token ${'y '.repeat(50_000)}`, innerError: { 'request-id': id } } }), retryAfterMs: undefined, redact });
    expect(error.message).toMatch(/^Graph returned 503 c \[redacted\] [y ]+…$/);
    expect(error.requestId).toMatch(/^r \[redacted\] [x ]+…$/);
    expect([error.message.length, error.requestId?.length]).toEqual([119, 100]);
  });

  it('keeps Retry-After', () => {
    expect(failed(429, {}, {}, 5000)).toMatchObject({ retryAfterMs: 5000 });
  });
});
