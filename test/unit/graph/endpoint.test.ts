import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { fetchEndpoint, parseTime, type EndpointOptions } from '../../../src/graph/endpoint.ts';

const NOW = Date.UTC(2026, 4, 11, 21, 0, 0);
const URL_OF_THE_GLOBAL_CLOUD = 'https://3-westeurope1.pushp.svc.ms/notifications?token=w1-a%2Bb&applicationId=9188040d-6c67';

function ask(body: unknown, options: Partial<EndpointOptions> & { headers?: Record<string, string> } = {}) {
  const secrets: string[] = [];
  const asked: string[] = [];
  const answer = fetchEndpoint({
    target: { kind: 'me' }, graphUrl: 'https://graph.microsoft.com', globalCloud: true, now: () => NOW,
    onSecret: (secret) => secrets.push(secret),
    get: (path) => {
      asked.push(path);
      return Promise.resolve({ status: 200, headers: options.headers ?? {}, body });
    },
    ...options,
  }, new AbortController().signal);
  return { answer, secrets, asked };
}

describe('fetchEndpoint', () => {
  it('reads the real service\'s answer', async () => {
    const body = {
      '@odata.context': '…', clientState: 'system-managed:6E4D2B1A', expirationDateTime: '2026-05-11T21:52:27.5200000Z', id: 'opaque',
      notificationUrl: URL_OF_THE_GLOBAL_CLOUD, resource: '7d20c4be',
    };
    const { answer, asked } = ask(body);
    const endpoint = await answer;
    expect(asked).toEqual(['/me/drive/root/subscriptions/socketIo']);
    expect(endpoint.notificationUrl.href).toBe(URL_OF_THE_GLOBAL_CLOUD);
    expect(endpoint.lifetimeMs).toBe(52 * 60_000 + 27_520);
    expect(endpoint.unexpectedHost).toBe(false);
    expect(endpoint.raw).toEqual(body);
  });

  it('needs only the URL', async () => {
    expect(await ask({ id: 'opaque', notificationUrl: URL_OF_THE_GLOBAL_CLOUD }).answer).toMatchObject({ lifetimeMs: undefined });
    expect(await ask({ notificationUrl: URL_OF_THE_GLOBAL_CLOUD, expirationDateTime: 'some day' }).answer).toMatchObject({ lifetimeMs: undefined });
  });

  it('reports the whole URL and each value of its query as secrets, raw and decoded', async () => {
    const { answer, secrets } = ask({ notificationUrl: 'https://x.svc.ms/n?token=w1-a+b%2Bc&second=%41' });
    await answer;
    expect(secrets).toEqual(expect.arrayContaining(['https://x.svc.ms/n?token=w1-a+b%2Bc&second=%41', 'w1-a+b%2Bc', 'w1-a b+c', '%41', 'A']));
  });

  it('reports them even if the URL is refused afterwards', async () => {
    const { answer, secrets } = ask({ notificationUrl: 'http://x.svc.ms/n?token=w1-secret' });
    await expect(answer).rejects.toMatchObject({ code: 'badEndpoint', message: expect.not.stringContaining('w1-secret') });
    expect(secrets).toContain('w1-secret');
  });

  it.each<unknown>([
    undefined, null, [], 'text', {}, { notificationUrl: '' }, { notificationUrl: 5 }, { notificationUrl: 'no URL' },
    { notificationUrl: 'http://x.svc.ms/n?token=1' }, { notificationUrl: 'ws://x.svc.ms/n' }, { notificationUrl: 'ftp://x.svc.ms/n' },
    { notificationUrl: 'http://localhost/n?token=1' }, { notificationUrl: 'javascript:alert(1)' },
  ])('rejects %j', async (body) => {
    await expect(ask(body).answer).rejects.toMatchObject({ category: 'network', code: 'badEndpoint' });
  });

  it.each([`https://${'a'.repeat(10_000)}.svc.ms/n?token=w1-a`, `https://push.svc.ms/${'a'.repeat(10_000)}?token=w1-a`])('rejects a URL that is too long for any request', async (notificationUrl) => {
    await expect(ask({ notificationUrl }).answer).rejects.toMatchObject({ category: 'network', code: 'badEndpoint', message: expect.stringMatching(/has 10\d\d\d characters\.$/) as unknown });
  });

  it('accepts plain http only from a Graph on this machine for a push host on this machine', async () => {
    const local = { graphUrl: 'http://127.0.0.1:8080', globalCloud: false };
    expect((await ask({ notificationUrl: 'http://[::1]:9/n?token=1' }, local).answer).notificationUrl.port).toBe('9');
    expect((await ask({ notificationUrl: 'ws://localhost:9/n?token=1' }, local).answer).notificationUrl.protocol).toBe('ws:');
    await expect(ask({ notificationUrl: 'http://x.svc.ms/n' }, local).answer).rejects.toMatchObject({ code: 'badEndpoint' });
  });

  it.each([
    ['https://f3hb0mpua.svc.ms/zbaehwg/callback?snthgk=1', false], ['https://northeurope1-0.pushnp.svc.ms/n', false], ['https://A.SVC.MS/n', false],
    ['https://svc.ms.example.com/n', true], ['https://evilsvc.ms/n', true], ['https://example.com/svc.ms', true],
  ])('reports the host of %s as unexpected in the global cloud: %p', async (notificationUrl, unexpectedHost) => {
    expect(await ask({ notificationUrl }).answer).toMatchObject({ unexpectedHost });
    expect(await ask({ notificationUrl }, { globalCloud: false }).answer).toMatchObject({ unexpectedHost: false });
  });

  describe('lifetimeMs', () => {
    const lifetime = async (date: string | undefined) =>
      (await ask({ notificationUrl: URL_OF_THE_GLOBAL_CLOUD, expirationDateTime: '2026-05-11T21:10:00Z' }, { headers: date === undefined ? {} : { date } }).answer).lifetimeMs;

    it('goes by this machine\'s clock if it agrees with the service\'s', async () => {
      expect(await lifetime(undefined)).toBe(600_000);
      expect(await lifetime('Mon, 11 May 2026 21:00:03 GMT')).toBe(600_000);
      expect(await lifetime('no date')).toBe(600_000);
    });

    it('goes by the service\'s clock if this machine\'s is wrong', async () => {
      expect(await lifetime('Mon, 11 May 2026 20:00:00 GMT')).toBe(4_200_000);
      expect(await lifetime('Mon, 11 May 2026 21:09:00 GMT')).toBe(60_000);
    });
  });
});

describe('parseTime', () => {
  it.each([
    ['2026-05-11T21:52:27.5200000Z', Date.UTC(2026, 4, 11, 21, 52, 27, 520)],
    ['2026-05-11T21:52:27Z', Date.UTC(2026, 4, 11, 21, 52, 27)],
    ['2026-05-11T21:52:27.5Z', Date.UTC(2026, 4, 11, 21, 52, 27, 500)],
    ['2026-05-11T21:52:27', Date.UTC(2026, 4, 11, 21, 52, 27)],
    ['2026-05-11T21:52:27.52', Date.UTC(2026, 4, 11, 21, 52, 27, 520)],
    ['2026-05-11T23:52:27+02:00', Date.UTC(2026, 4, 11, 21, 52, 27)],
    [' 2026-05-11t21:52:27z ', Date.UTC(2026, 4, 11, 21, 52, 27)],
  ])('reads %s', (text, time) => {
    expect(parseTime(text)).toBe(time);
  });

  it.each<unknown>([undefined, null, 5, '', '2026-05-11', '21:52:27', '2026-13-11T21:52:27Z', '2026-05-11T25:00:00Z', '11 May 2026', '2026-05-11T21:52:27.Z', '2026-05-11T21:52:27 Z'])(
    'rejects %j', (value) => {
      expect(parseTime(value)).toBeUndefined();
    },
  );

  it('reads every time that a service can write, with any fraction', () => {
    fc.assert(fc.property(fc.date({ noInvalidDate: true, min: new Date('2000-01-01'), max: new Date('2100-01-01') }), fc.stringMatching(/^\d{0,4}$/), (date, digits) => {
      expect(parseTime(date.toISOString().replace('Z', `${digits}Z`))).toBe(date.getTime());
    }));
  });

  it('never fails', () => {
    fc.assert(fc.property(fc.anything(), (value) => {
      const time = parseTime(value);
      expect(time === undefined || Number.isSafeInteger(time)).toBe(true);
    }));
  });
});
