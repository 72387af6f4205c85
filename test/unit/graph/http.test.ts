import { describe, expect, it } from '@jest/globals';
import { createGraph } from '../../../src/graph/http.ts';
import { RequestPace } from '../../../src/graph/request-pace.ts';
import type { HttpRequest, HttpResponse } from '../../../src/net/send.ts';
import { steppedClock } from '../../support/stepped-clock.ts';

type Answer = Partial<Omit<HttpResponse, 'body'>> & { body?: unknown };

function start({ graphUrl = 'https://graph.test', beforeToken = (): Promise<void> => Promise.resolve() } = {}) {
  const clock = steppedClock();
  const requests: HttpRequest[] = [];
  const answers: Answer[] = [];
  const tokens: boolean[] = [];
  const debug: string[] = [];
  const pace = new RequestPace({ clock, onDelay: (line) => debug.push(line) });
  const get = createGraph({
    graphUrl, clock, pace, userAgent: 'graph-watch/test',
    token: async ({ forceRefresh }) => {
      const count = tokens.push(forceRefresh);
      await beforeToken();
      return `token-${count}`;
    },
    send: (request) => {
      requests.push(request);
      const { status = 200, headers = {}, body = {} } = answers.shift() ?? {};
      return Promise.resolve({ status, headers, body: typeof body === 'string' ? body : JSON.stringify(body) });
    },
    debug: (line) => debug.push(line),
  });
  return { clock, requests, answers, tokens, debug, pace, get };
}

describe('a request', () => {
  it('goes to the versioned URL, with all headers that the API needs', async () => {
    const s = start({ graphUrl: 'https://graph.test/' });
    s.answers.push({ body: { id: 1 }, headers: { date: 'today' } });
    expect(await s.get('/me/drive')).toEqual({ status: 200, headers: { date: 'today' }, body: { id: 1 } });
    expect(s.requests).toEqual([{
      method: 'GET', url: 'https://graph.test/v1.0/me/drive', signal: undefined,
      headers: {
        authorization: 'Bearer token-1', 'content-type': 'application/json', accept: 'application/json', 'user-agent': 'graph-watch/test',
        'client-request-id': expect.stringMatching(/^[\da-f-]{36}$/),
      },
    }]);
  });

  it('can write, with its own method, body and content type, and the same token', async () => {
    const s = start();
    s.answers.push({ status: 201, body: { id: 'x' } });
    expect((await s.get('/me/drive/root:/x.txt:/content', undefined, { method: 'PUT', body: 'hello', headers: { 'content-type': 'text/plain' } })).status).toBe(201);
    expect(s.requests).toEqual([expect.objectContaining({ method: 'PUT', body: 'hello', headers: expect.objectContaining({ 'content-type': 'text/plain', authorization: 'Bearer token-1' }) })]);
    expect(s.debug[0]).toMatch(/^PUT \/v1\.0\/me/);
  });

  it('has a new client-request-id each time', async () => {
    const s = start();
    await s.get('/me');
    await s.get('/me');
    expect(new Set(s.requests.map(({ headers }) => headers?.['client-request-id'])).size).toBe(2);
  });

  it('gets the token each time, and passes on its signal', async () => {
    const s = start();
    const { signal } = new AbortController();
    await s.get('/me', signal);
    await s.get('/me');
    expect(s.requests.map(({ headers }) => headers?.authorization)).toEqual(['Bearer token-1', 'Bearer token-2']);
    expect(s.requests[0]?.signal).toBe(signal);
  });

  it('returns undefined for a body that is not JSON', async () => {
    const s = start();
    s.answers.push({ body: '<html>' });
    expect((await s.get('/me')).body).toBeUndefined();
  });

  it('is logged with --debug as method, path, status and request id, without its query', async () => {
    const s = start();
    s.answers.push({ headers: { 'request-id': 'r-1' } });
    await s.get('https://graph.test/v1.0/me/drive/root/delta?token=secret');
    expect(s.debug).toEqual(['GET /v1.0/me/drive/root/delta 200 in 0 ms, request-id r-1']);
  });

  it('is logged without a sharing link, which may be all that is needed to open what it shares', async () => {
    const s = start();
    await s.get('/shares/u!aHR0cHM6Ly8xZHJ2Lm1zL2YvcyFBYmM/driveItem?$select=id');
    expect(s.debug).toEqual(['GET /v1.0/shares/…/driveItem 200 in 0 ms, request-id none']);
    expect(s.requests[0]?.url).toContain('/shares/u!aHR0cHM6Ly8xZHJ2Lm1zL2YvcyFBYmM/driveItem');
  });

  it('fails if a success has an error as its body, and shows its code', async () => {
    const s = start();
    s.answers.push({ body: { error: { code: 'serviceNotAvailable', message: 'Later.' } }, headers: { 'retry-after': '3' } });
    await expect(s.get('/me')).rejects.toMatchObject({ category: 'network', status: 200, code: 'serviceNotAvailable', message: 'Graph returned 200 serviceNotAvailable: Later', retryAfterMs: 3_000 });
    s.answers.push({ status: 206, body: { error: {} } }, { body: { error: 'a field of this name', value: [] } });
    await s.clock.advance(3_000);
    await expect(s.get('/me')).rejects.toMatchObject({ category: 'network', message: 'Graph returned 206' });
    expect((await s.get('/me')).body).toEqual({ error: 'a field of this name', value: [] });
  });

  it('accepts any success, and the given other statuses', async () => {
    const s = start();
    s.answers.push({ status: 204, body: '' }, { status: 410, body: { error: { code: 'resyncRequired' } } });
    expect((await s.get('/me')).status).toBe(204);
    expect((await s.get('/me', undefined, { accept: [410] })).status).toBe(410);
  });
});

describe('a link from an answer', () => {
  it('is used unchanged if it leads to Graph', async () => {
    const s = start();
    const link = "https://graph.test/v1.0/me/drive/root/delta(token='a%2Bb+c')?x=y%20z";
    await s.get(link);
    expect(s.requests[0]?.url).toBe(link);
  });

  it.each([
    'https://graph.test.example.com/x', 'http://graph.test/x', 'https://graph.test:8443/x', 'https://user@graph.example/x', 'graph.test/x', '', 'x', 'javascript:1',
  ])('is not followed to %j, since the token would go there', async (link) => {
    const s = start();
    await expect(s.get(link)).rejects.toMatchObject({ category: 'refused', code: 'foreignLink', hint: expect.stringContaining('GRAPH_WATCH_GRAPH_URL') });
    expect(s.tokens).toEqual([]);
    expect(s.requests).toEqual([]);
  });

  it('that is not followed is shown only by its origin', async () => {
    const s = start();
    await expect(s.get('https://ada:password@localhost:8443/v1.0/delta?token=secret')).rejects.toMatchObject({
      message: 'Refused to follow a link to https://localhost:8443: Graph is at https://graph.test.',
    });
    await expect(s.get('x')).rejects.toMatchObject({ message: 'Refused to follow a link that is not a valid URL: Graph is at https://graph.test.' });
  });

  it('that looks like a path cannot leave Graph', async () => {
    const s = start();
    await s.get('//evil.example/x');
    expect(new URL(s.requests[0]?.url ?? '').host).toBe('graph.test');
  });
});

describe('the budget of the process', () => {
  it('is charged for every request by its cost, and for every repetition', async () => {
    const s = start();
    s.pace.limitTo(26);
    s.answers.push({}, {}, { status: 401 }, {});
    await s.get('/me/drive/root/delta?token=latest');
    await s.get('/me/drive/root/delta');
    await s.get('/me/drive/items/a/permissions');
    // 1, 2, 5 and 5 units are half of it; the next unit is available 60/26 s later.
    let sent = false;
    const next = s.get('/me/drive').then(() => { sent = true; });
    await s.clock.advance(2_000);
    expect(sent).toBe(false);
    await s.clock.advance(400);
    await next;
    expect(sent).toBe(true);
  });

  it('delays a request but not its token: a request that waited gets a new one', async () => {
    const s = start();
    s.pace.limitTo(10);
    for (let count = 0; count < 5; count += 1) await s.get('/me');
    const late = s.get('/me');
    await s.clock.advance(60_000);
    await late;
    expect(s.tokens).toHaveLength(7);
    expect(s.requests.at(-1)?.headers?.authorization).toBe('Bearer token-7');
  });

  it('does not delay urgent requests', async () => {
    const s = start();
    s.pace.limitTo(10);
    for (let count = 0; count < 5; count += 1) await s.get('/me');
    const late = s.get('/me');
    expect((await s.get('/me/drive/root/subscriptions/socketIo', undefined, { urgent: true })).status).toBe(200);
    expect(s.requests).toHaveLength(6);
    await s.clock.advance(60_000);
    await late;
  });

  it('is not charged for a request that was aborted while it waited', async () => {
    const s = start();
    s.pace.limitTo(10);
    for (let count = 0; count < 5; count += 1) await s.get('/me');
    const stop = new AbortController();
    const late = s.get('/me', stop.signal).catch((error: unknown) => error);
    await s.clock.advance(0);
    stop.abort(new Error('stopped'));
    expect(await late).toMatchObject({ message: 'stopped' });
    expect(s.requests).toHaveLength(5);
  });
});

describe('a 401', () => {
  it('is retried once with a fresh token', async () => {
    const s = start();
    s.answers.push({ status: 401 }, { body: { id: 1 } });
    expect((await s.get('/me')).body).toEqual({ id: 1 });
    expect(s.tokens).toEqual([false, true]);
    expect(s.requests.map(({ headers }) => headers?.authorization)).toEqual(['Bearer token-1', 'Bearer token-2']);
  });

  it('is an error after that', async () => {
    const s = start();
    s.answers.push({ status: 401 }, { status: 401, body: { error: { code: 'InvalidAuthenticationToken', message: 'expired' } } });
    await expect(s.get('/me')).rejects.toMatchObject({ category: 'auth', code: 'InvalidAuthenticationToken', hint: expect.stringContaining('login') });
    expect(s.requests).toHaveLength(2);
  });

  it('may be followed by another failure', async () => {
    const s = start();
    s.answers.push({ status: 401 }, { status: 503, headers: { 'retry-after': '7' } });
    await expect(s.get('/me')).rejects.toMatchObject({ category: 'network', status: 503, retryAfterMs: 7000 });
  });
});

describe('Retry-After', () => {
  it('holds back every later request until then, whatever it is for', async () => {
    const s = start();
    s.answers.push({ status: 429, headers: { 'retry-after': '10' } });
    await expect(s.get('/me/drive')).rejects.toMatchObject({ status: 429, retryAfterMs: 10_000 });
    await s.clock.advance(4_000);
    await expect(s.get('/drives/other')).rejects.toMatchObject({ category: 'network', code: 'held', retryAfterMs: 6_000 });
    expect(s.requests).toHaveLength(1);
    expect(s.tokens).toHaveLength(1);
    await s.clock.advance(6_000);
    expect((await s.get('/me/drive')).status).toBe(200);
  });

  it('holds back for the longest time that any answer gave', async () => {
    const s = start();
    s.answers.push({ status: 503, headers: { 'retry-after': '10' } }, { status: 503, headers: { 'retry-after': '2' } });
    // Both are under way at the same time.
    await Promise.allSettled([s.get('/a'), s.get('/b')]);
    await s.clock.advance(3_000);
    await expect(s.get('/c')).rejects.toMatchObject({ code: 'held', retryAfterMs: 7_000 });
  });

  it('is compared with RateLimit-Reset, and the longer one holds', async () => {
    const s = start();
    s.answers.push({ status: 429, headers: { 'retry-after': '10', 'ratelimit-limit': '1250', 'ratelimit-remaining': '0', 'ratelimit-reset': '42' } });
    await expect(s.get('/me/drive')).rejects.toMatchObject({ status: 429, retryAfterMs: 42_000 });
    await s.clock.advance(41_000);
    await expect(s.get('/drives/other')).rejects.toMatchObject({ code: 'held', retryAfterMs: 1_000 });
  });

  it('also holds back a request that was waiting for its token meanwhile', async () => {
    let give = (): void => undefined;
    let wait: Promise<void> = Promise.resolve();
    const s = start({ beforeToken: () => wait });
    s.answers.push({ status: 429, headers: { 'retry-after': '10' } });
    const first = s.get('/a').catch((error: unknown) => error);
    wait = new Promise((resolve) => { give = resolve; });
    const second = s.get('/b').catch((error: unknown) => error);
    expect(await first).toMatchObject({ status: 429, code: undefined });
    give();
    expect(await second).toMatchObject({ category: 'network', code: 'held', retryAfterMs: 10_000 });
    expect(s.requests).toHaveLength(1);
  });

  it('also holds back a request that is to be repeated with another token', async () => {
    let give = (): void => undefined;
    let wait: Promise<void> = Promise.resolve();
    const s = start({ beforeToken: () => wait });
    s.answers.push({ status: 401 }, { status: 503, headers: { 'retry-after': '10' } });
    const [first, second] = [s.get('/a').catch((error: unknown) => error), s.get('/b').catch((error: unknown) => error)];
    wait = new Promise((resolve) => { give = resolve; });
    expect(await second).toMatchObject({ status: 503 });
    give();
    expect(await first).toMatchObject({ code: 'held', retryAfterMs: 10_000 });
    expect(s.requests).toHaveLength(2);
  });

  it('given as a date is relative to the answer\'s own date', async () => {
    const s = start();
    s.answers.push({ status: 503, headers: { 'retry-after': 'Wed, 21 Oct 2026 07:28:30 GMT', date: 'Wed, 21 Oct 2026 07:28:00 GMT' } });
    await expect(s.get('/a')).rejects.toMatchObject({ retryAfterMs: 30_000 });
  });

  it('does not hold longer than it said if the clock is set back', async () => {
    const s = start();
    s.answers.push({ status: 503, headers: { 'retry-after': '10' } });
    await s.get('/a').catch(() => undefined);
    s.clock.jump(-3_600_000);
    await expect(s.get('/b')).rejects.toMatchObject({ code: 'held', retryAfterMs: 10_000 });
    await s.clock.advance(10_000);
    expect((await s.get('/b')).status).toBe(200);
  });

  it('holds nothing back if it is missing, or if nothing failed', async () => {
    const s = start();
    s.answers.push({ status: 503 }, { status: 200, headers: { 'retry-after': '10' } });
    await s.get('/a').catch(() => undefined);
    await s.get('/b');
    expect((await s.get('/c')).status).toBe(200);
  });
});

describe('the body of a success', () => {
  it('is shown before it is parsed, and a request that it causes is sent first', async () => {
    const s = start();
    s.answers.push({ body: '{"value":1}' }, { body: {} });
    const seen: string[] = [];
    const onBody = (body: string): boolean => {
      seen.push(body);
      void s.get('/me/drive');
      return true;
    };
    const { body } = await s.get('/me', undefined, { onBody });
    expect([seen, body, s.requests.length]).toEqual([['{"value":1}'], { value: 1 }, 2]);
  });

  it.each([{ 'retry-after': '30' }, { 'ratelimit-remaining': '0', 'ratelimit-reset': '30' }])('causes no request if the answer asks for a slower pace: %j', async (headers) => {
    const s = start();
    s.answers.push({ body: {}, headers });
    const seen: string[] = [];
    await s.get('/me', undefined, { onBody: (body) => seen.push(body) > 0 });
    expect(seen).toEqual([]);
  });

  it.each([404, 503])('is that of no answer with the status %i', async (status) => {
    const s = start();
    s.answers.push({ status, body: {} });
    const seen: string[] = [];
    const onBody = (body: string): boolean => seen.push(body) > 0;
    await s.get('/me', undefined, { accept: [404, 503], onBody });
    expect(seen).toEqual([]);
  });
});
