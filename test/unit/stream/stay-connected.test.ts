import { afterEach, describe, expect, it } from '@jest/globals';
import { WatchError } from '../../../src/errors.ts';
import { settle } from '../../support/stepped-clock.ts';
import { startStream, type ScriptOptions } from '../../support/stream-script.ts';

const MINUTE = 60_000;
const network = (message: string, details = {}): WatchError => new WatchError('network', message, details);

let stop: (() => Promise<void>) | undefined;
afterEach(async () => {
  await stop?.();
  stop = undefined;
});

async function start(options?: ScriptOptions) {
  const stream = await startStream(options);
  stop = () => stream.stop();
  return stream;
}

describe('stayConnected', () => {
  it('is ready once the namespace is acknowledged, and passes on what arrives', async () => {
    const s = await start();
    s.current.notify('{"value":[{"resource":"a"},{"resource":"b"}]}', 'no json');
    await s.clock.advance(0);
    expect(s.history()).toEqual(['ready', '{"resource":"a"}', '{"resource":"b"}', '"no json"']);
  });

  it('reconnects after a loss and reports the time in which something may have been missed', async () => {
    const s = await start({ random: () => 0.5 });
    s.current.notify('1');
    await s.clock.advance(10_000);
    const heard = s.current.completeUntil;
    s.current.lose('the connection was closed (1006)');
    await s.clock.advance(500);
    s.current.notify('2');
    await s.clock.advance(0);
    expect(s.history()).toEqual(['ready', '1', 'reconnecting', 'gap', 'ready', '2']);
    expect(s.events[2]).toMatchObject({ reason: 'the connection was closed (1006)', delayMs: 500 });
    expect(s.events[3]).toMatchObject({ from: heard, to: heard + 10_500 });
  });

  it('passes on what arrived before a loss before it reports reconnecting', async () => {
    const s = await start();
    s.current.notify('1', '2');
    s.current.lose('gone');
    await s.clock.advance(1_000);
    expect(s.history()).toEqual(['ready', '1', '2', 'reconnecting', 'gap', 'ready']);
  });

  it('gives a hint once for each run of the same failures, and again after a loss', async () => {
    const s = await start();
    const refusals = (): void => { s.endpoints.push(...['proxy', 'proxy', 'name'].map((hint) => network('no route', { hint: `Check the ${hint}.` }))); };
    const hints = (): unknown[] => s.events.splice(0).flatMap((event) => (event.type === 'reconnecting' ? [event.hint] : []));
    for (let losses = 0; losses < 2; losses += 1) {
      refusals();
      s.current.lose('gone');
      await s.clock.advance(5 * MINUTE);
      expect(hints()).toEqual([undefined, 'Check the proxy.', undefined, 'Check the name.']);
    }
  });

  it('requests a fresh endpoint for every attempt', async () => {
    const s = await start();
    s.current.lose('gone');
    await s.clock.advance(2_000);
    s.current.lose('gone');
    await s.clock.advance(3_000);
    expect(s.asked()).toBe(3);
  });

  it('doubles the ceiling of the delay up to a minute while a server accepts and drops', async () => {
    const s = await start();
    for (let turn = 0; turn < 9; turn += 1) {
      s.current.lose('dropped');
      await s.clock.advance(MINUTE);
    }
    // Each connection lived for less than a minute, so losing it counts as a failure.
    expect(s.events.filter(({ type }) => type === 'reconnecting').map((event) => (event as { delayMs: number }).delayMs))
      .toEqual([1_000, 2_000, 4_000, 8_000, 16_000, 32_000, 60_000, 60_000, 60_000]);
  });

  it('resets failures after a notification', async () => {
    const s = await start();
    s.endpoints.push(network('x'), network('y'));
    s.current.lose('gone');
    await s.clock.advance(1_000 + 2_000 + 4_000);
    s.current.notify('1');
    await s.clock.advance(0);
    s.current.lose('gone again');
    await s.clock.advance(0);
    expect(s.events.at(-1)).toMatchObject({ type: 'reconnecting', delayMs: 1_000 });
  });

  it('resets failures after a stable minute', async () => {
    const s = await start();
    s.endpoints.push(network('x'), network('y'));
    s.current.lose('gone');
    await s.clock.advance(1_000 + 2_000 + 4_000);
    await s.clock.advance(MINUTE);
    s.current.lose('gone again');
    await s.clock.advance(0);
    expect(s.events.at(-1)).toMatchObject({ type: 'reconnecting', delayMs: 1_000 });
  });

  it('does not reset failures on connecting alone', async () => {
    const s = await start();
    s.endpoints.push(network('x'), network('y'));
    s.current.lose('gone');
    await s.clock.advance(1_000 + 2_000 + 4_000);
    s.current.lose('gone again');
    await s.clock.advance(0);
    expect(s.events.at(-1)).toMatchObject({ type: 'reconnecting', delayMs: 8_000 });
  });

  it('obeys Retry-After exactly', async () => {
    const s = await start();
    s.endpoints.push(network('throttled', { retryAfterMs: 90_000 }));
    s.current.lose('gone');
    await s.clock.advance(1_000);
    expect(s.events.at(-1)).toMatchObject({ type: 'reconnecting', reason: 'throttled', delayMs: 90_000 });
    await s.clock.advance(89_999);
    expect(s.asked()).toBe(2);
    await s.clock.advance(1);
    expect(s.history().slice(-2)).toEqual(['gap', 'ready']);
  });

  it('waits for its first connection as long as it takes if other targets of the process are connected', async () => {
    const s = await start({ endpoints: [network('busy', { retryAfterMs: 3_600_000 })], everConnected: () => true });
    await s.clock.advance(3_600_000);
    expect(s.history()).toEqual(['reconnecting', 'ready']);
  });

  it('gives up if the first connection is not made within a minute', async () => {
    const failing = await startFailing(network('no route'));
    for (let second = 0; second < 70; second += 1) await failing.clock.advance(1_000);
    const error = await failing.over;
    expect(error).toMatchObject({ category: 'network', message: 'no route' });
    expect(failing.clock.now() - failing.startedAt).toBeLessThanOrEqual(75_000);
  });

  it('retries forever once it was connected', async () => {
    const s = await start();
    for (let n = 0; n < 200; n += 1) s.endpoints.push(network('down'));
    s.current.lose('gone');
    for (let n = 0; n < 210; n += 1) await s.clock.advance(MINUTE);
    expect(s.history().slice(-2)).toEqual(['gap', 'ready']);
    expect(s.events.filter(({ type }) => type === 'gap')).toHaveLength(1);
  });

  it.each(['refused', 'auth'] as const)('ends with a %s error that is final', async (category) => {
    const s = await start();
    s.endpoints.push(new WatchError(category, 'no'));
    s.current.lose('gone');
    await s.clock.advance(1_000);
    expect(await s.over).toMatchObject({ category, message: 'no' });
  });

  it('retries 400 notSupported a few times, since it is known to be temporary', async () => {
    const s = await start();
    const unsupported = new WatchError('refused', 'not supported', { code: 'notSupported', status: 400 });
    s.endpoints.push(unsupported, unsupported);
    s.current.lose('gone');
    await s.clock.advance(10_000);
    expect(s.history().slice(-2)).toEqual(['gap', 'ready']);
    s.endpoints.push(...Array.from({ length: 20 }, () => unsupported));
    s.current.notify('1');
    await s.clock.advance(0);
    s.current.lose('gone');
    await s.clock.advance(6 * MINUTE);
    expect(await s.over).toMatchObject({ code: 'notSupported' });
  });

  it.each([400, 403, 404, 409, 412, 423, 451])('survives a single %i once it was connected, and ends if that persists', async (status) => {
    const s = await start();
    const refusal = new WatchError('refused', 'no', { status });
    s.endpoints.push(refusal);
    s.current.lose('gone');
    await s.clock.advance(10_000);
    expect(s.history()).toEqual(['ready', 'reconnecting', 'reconnecting', 'gap', 'ready']);
    s.endpoints.push(...Array.from({ length: 20 }, () => refusal));
    s.current.lose('gone');
    await s.clock.advance(3 * MINUTE);
    expect(s.history().at(-1)).toBe('reconnecting');
    await s.clock.advance(3 * MINUTE);
    expect(await s.over).toBe(refusal);
  });

  it('ends at once on a refusal before its first connection', async () => {
    const refusal = new WatchError('refused', 'no', { status: 404 });
    const s = await start({ endpoints: [refusal] });
    expect(await s.over).toBe(refusal);
    expect(s.history()).toEqual([]);
  });

  it('tries a proxy that wants another password once before its first connection, and rarely once it was connected', async () => {
    const refused = network('the proxy returned 407', { status: 407 });
    const first = await start({ endpoints: [refused] });
    expect(await first.over).toBe(refused);
    const s = await start({ random: () => 0 });
    s.endpoints.push(...Array.from({ length: 12 }, () => refused));
    s.current.lose('gone');
    await s.clock.advance(30 * MINUTE);
    expect(s.asked()).toBe(1 + 1 + 6);
  });

  it('retries 400 notSupported a few times, however often it failed in another way', async () => {
    const s = await start();
    const unsupported = new WatchError('refused', 'not supported', { code: 'notSupported', status: 400 });
    s.endpoints.push(network('down'), network('down'), network('down'), network('down'), unsupported, unsupported);
    s.current.lose('gone');
    await s.clock.advance(5 * MINUTE);
    expect(s.history().slice(-2)).toEqual(['gap', 'ready']);
  });

  it('aborts an attempt that hangs, and retries', async () => {
    const s = await start();
    s.endpoints.push('hang');
    s.connects.push('hang');
    s.current.lose('gone');
    await s.clock.advance(1_000 + 30_000 + 2_000 + 30_000 + 4_000);
    expect(s.history()).toEqual(['ready', 'reconnecting', 'reconnecting', 'reconnecting', 'gap', 'ready']);
    expect(s.events[2]).toMatchObject({ reason: 'no connection was made within 30 s' });
  });

  it('abandons an attempt that hangs and ignores its signal, too', async () => {
    const s = await start();
    s.endpoints.push('deaf');
    s.current.lose('gone');
    await s.clock.advance(1_000 + 30_000 + 2_000);
    expect(s.history()).toEqual(['ready', 'reconnecting', 'reconnecting', 'gap', 'ready']);
  });

  it('retries after an abort that was not its own', async () => {
    const s = await start();
    s.endpoints.push(Object.assign(new Error('This operation was aborted'), { name: 'AbortError' }));
    s.current.lose('gone');
    await s.clock.advance(5_000);
    expect(s.history()).toEqual(['ready', 'reconnecting', 'reconnecting', 'gap', 'ready']);
  });

  it('passes on what has arrived when it is stopped', async () => {
    const s = await start();
    s.current.notify('1');
    await s.stop();
    expect(s.history()).toEqual(['ready', '1']);
    expect(s.current.closedFor).toBe('stopped');
  });

  it.each([
    ['one notification with very many entries', [{ value: Array(300_000).fill(0) }]],
    ['many notifications with many entries each', Array(300).fill({ value: Array(1_000).fill(0) })],
    ['very many notifications', Array(60_000).fill('0')],
  ])('stops soon, and reports what was lost by that, while it gets %s', async (_name, payloads: unknown[]) => {
    const s = await start();
    s.current.notify(...payloads);
    await settle(3);
    await s.stop();
    expect(s.events.length).toBeLessThan(20_000);
    expect(s.events.at(-1)).toMatchObject({ type: 'warning', message: 'stopped before all notifications that had arrived were reported' });
  });

  it('passes on every entry, in order, however many there are', async () => {
    const s = await start();
    s.current.notify({ value: [...Array(5_500).keys()] }, '5500');
    await settle();
    expect(s.history().slice(1)).toEqual([...Array(5_501).keys()].map(String));
  });

  it('closes its connection when the consumer leaves', async () => {
    const s = await start();
    await s.stop();
    expect(s.connections.every(({ closedFor }) => closedFor !== undefined)).toBe(true);
  });
});

async function startFailing(error: Error) {
  const { stayConnected } = await import('../../../src/stream/stay-connected.ts');
  const { steppedClock } = await import('../../support/stepped-clock.ts');
  const clock = steppedClock();
  const startedAt = clock.now();
  const received: unknown[] = [];
  const over = (async (): Promise<unknown> => {
    try {
      for await (const event of stayConnected({
        target: 'me', clock, random: () => 1, signal: new AbortController().signal,
        wake: { onJump: () => () => undefined },
        fetchEndpoint: () => Promise.reject(error),
        connect: () => Promise.reject(new Error('unreachable')),
      })) received.push(event);
      return undefined;
    } catch (thrown) {
      return thrown;
    }
  })();
  return { clock, startedAt, over };
}
