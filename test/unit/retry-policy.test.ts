import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { WatchError } from '../../src/errors.ts';
import { kindOf, leastPause, retryDelay, TroubleCount, type FailureKind, type Trouble } from '../../src/retry-policy.ts';
import { steppedClock } from '../support/stepped-clock.ts';

const MINUTE = 60_000;
const network = new WatchError('network', 'lost');
const trouble = (more: Partial<Trouble> = {}): Trouble => ({
  error: network, failures: 0, alike: { failures: 0, ms: 0 }, everConnected: true, troubleMs: 0, ...more,
});
const latest = (): number => 0.999_999_9;

const refused = (status: number, code?: string): WatchError => new WatchError('refused', 'no', { status, code });
/** One failure of each kind, and similar ones. */
const FAILURES: Readonly<Record<FailureKind, readonly WatchError[]>> = {
  outage: [
    network, new WatchError('network', 'no', { status: 503, code: 'serviceNotAvailable' }), new WatchError('network', 'no', { status: 429 }),
    new WatchError('network', 'no', { code: 'ENOTFOUND' }), new WatchError('network', 'no', { code: 'badEndpoint' }),
  ],
  wayOut: [
    new WatchError('network', 'no', { status: 407 }), new WatchError('network', 'no', { code: 'SELF_SIGNED_CERT_IN_CHAIN' }),
    new WatchError('network', 'no', { code: 'CERT_HAS_EXPIRED' }), new WatchError('network', 'no', { code: 'ERR_TLS_CERT_ALTNAME_INVALID' }),
  ],
  refusal: [400, 403, 404, 405, 409, 412, 423, 451].map((status) => refused(status)),
  notSupported: [refused(400, 'notSupported')],
  token: [new WatchError('auth', 'no', { status: 401 }), new WatchError('auth', 'no', { code: 'tokenFile' }), new WatchError('auth', 'no', { code: 'tokenCommand' })],
  fatal: [
    new WatchError('auth', 'no', { code: 'invalid_grant' }), new WatchError('refused', 'a link that leads elsewhere', { code: 'foreignLink' }),
    new WatchError('usage', 'no'), new WatchError('action', 'no'), new WatchError('internal', 'no'),
  ],
};
const KINDS = Object.keys(FAILURES) as FailureKind[];

/** How often something that always fails the same way is tried, and for how long. */
function outcome(error: WatchError, everConnected: boolean, { random = latest, most = 200 } = {}): { tries: number; ms: number; end: boolean } {
  let now = 0;
  const count = new TroubleCount(() => now);
  for (let tries = 1; tries <= most; tries += 1) {
    const delay = retryDelay({ ...count.failed(error), error, everConnected }, random);
    if (delay === 'give-up') return { tries, ms: now, end: true };
    now += delay;
  }
  return { tries: most, ms: now, end: false };
}

describe('connecting while polling', () => {
  it.each(KINDS.filter((kind) => kind !== 'fatal'))('is never given up for %s; if it otherwise would be, it is retried only after minutes', (kind) => {
    for (const error of FAILURES[kind]) {
      for (const everConnected of [false, true]) {
        const delay = retryDelay(trouble({ error, failures: 9, alike: { failures: 9, ms: 10 * MINUTE }, everConnected, polled: true, troubleMs: 10 * MINUTE }), latest);
        expect(delay).not.toBe('give-up');
        if (kind !== 'outage') expect(delay).toBeGreaterThanOrEqual(5 * MINUTE);
        else expect(delay).toBeLessThanOrEqual(MINUTE);
      }
    }
  });

  it('still obeys Retry-After', () => {
    const error = new WatchError('refused', 'no', { status: 403, retryAfterMs: 40 * MINUTE });
    expect(retryDelay(trouble({ error, everConnected: false, polled: true }), () => 0)).toBe(40 * MINUTE);
  });

  it('is given up if no retry can help', () => {
    for (const error of FAILURES.fatal) expect(retryDelay(trouble({ error, polled: true }), latest)).toBe('give-up');
  });
});

describe('temporary and permanent failures', () => {
  it.each<[FailureKind, 'give-up' | 'again']>([
    ['outage', 'again'], ['wayOut', 'again'], ['token', 'again'], ['refusal', 'give-up'], ['fatal', 'give-up'],
  ])('%s, if only other targets of this process have been connected: %s', (kind, expected) => {
    for (const error of FAILURES[kind]) {
      const delay = retryDelay(trouble({ error, everConnected: false, othersConnected: true, troubleMs: 0 }), latest);
      expect(delay === 'give-up' ? delay : 'again').toBe(expected);
    }
  });

  it.each(KINDS)('recognizes a failure of the kind %s', (kind) => {
    expect(FAILURES[kind].map((error) => kindOf(error))).toEqual(FAILURES[kind].map(() => kind));
  });

  /** Tries and milliseconds until the end, with the longest possible delays; `Infinity` means without end. */
  const CELLS: Readonly<Record<FailureKind, { before: [tries: number, ms: number]; after: [tries: number, ms: number] }>> = {
    outage: { before: [6, 31_000], after: [Infinity, Infinity] },
    wayOut: { before: [1, 0], after: [Infinity, Infinity] },
    refusal: { before: [1, 0], after: [10, 243_000] },
    notSupported: { before: [4, 7_000], after: [10, 243_000] },
    token: { before: [1, 0], after: [6, 31_000] },
    fatal: { before: [1, 0], after: [1, 0] },
  };
  it.each(KINDS.flatMap((kind) => (['before', 'after'] as const).map((when) => [kind, when] as const)))('retries a failure of the kind %s, %s the first connection, as often as it should', (kind, when) => {
    const [tries, ms] = CELLS[kind][when];
    for (const error of FAILURES[kind]) {
      const found = outcome(error, when === 'after');
      expect(found.end ? [found.tries, found.ms] : [Infinity, Infinity]).toEqual([tries, ms]);
    }
  });

  it.each(['refusal', 'notSupported', 'token'] as const)('retries a failure of the kind %s several times once connected, whatever the jitter', (kind) => {
    for (const random of [() => 0.3, () => 0.5, () => 0.8]) {
      const { tries, ms, end } = outcome(FAILURES[kind][0] ?? network, true, { random });
      expect(end).toBe(true);
      expect(tries).toBeGreaterThan(4);
      expect(ms).toBeGreaterThan(kind === 'token' ? MINUTE / 3 : 3 * MINUTE);
    }
  });

  it('does not count the hours that a machine slept between two refusals', () => {
    const long = { failures: 1, ms: 8 * 60 * MINUTE };
    for (const error of [refused(404), ...FAILURES.token]) expect(retryDelay(trouble({ error, alike: long, failures: 1 }), latest)).toBe(2_000);
  });

  it('retries a proxy with a wrong password, or an untrusted peer, only every five to ten minutes', () => {
    for (const error of FAILURES.wayOut) {
      expect([() => 0, latest].map((random) => retryDelay(trouble({ error, failures: 9 }), random))).toEqual([5 * MINUTE, 10 * MINUTE]);
      expect(leastPause(error)).toBe(5 * MINUTE);
    }
    expect([...FAILURES.outage, ...FAILURES.refusal].map(leastPause)).toEqual([...FAILURES.outage, ...FAILURES.refusal].map(() => 0));
  });

  it('resets the count of refusals after an outage, and of outages after a refusal', () => {
    const clock = steppedClock();
    const count = new TroubleCount(clock.now);
    count.failed(refused(404));
    clock.jump(4 * MINUTE);
    expect(count.failed(refused(403))).toMatchObject({ failures: 1, alike: { failures: 1, ms: 4 * MINUTE } });
    count.failed(network);
    expect(count.failed(refused(404))).toEqual({ failures: 3, alike: { failures: 0, ms: 0 }, troubleMs: 4 * MINUTE });
  });
});

describe('the delay', () => {
  it('doubles its ceiling from one second to a minute', () => {
    expect([0, 1, 2, 3, 4, 5, 6, 7, 1_000_000].map((failures) => retryDelay(trouble({ failures }), latest)))
      .toEqual([1_000, 2_000, 4_000, 8_000, 16_000, 32_000, 60_000, 60_000, 60_000]);
  });

  it('is anything below the ceiling: full jitter', () => {
    expect(retryDelay(trouble({ failures: 3 }), () => 0)).toBe(0);
    expect(retryDelay(trouble({ failures: 3 }), () => 0.5)).toBe(4_000);
  });

  it('is exactly Retry-After, whatever the jitter', () => {
    const asked = (retryAfterMs: number): WatchError => new WatchError('network', 'busy', { status: 429, retryAfterMs });
    for (const ms of [1, 10_000, 3_600_000]) expect(retryDelay(trouble({ error: asked(ms), failures: 2 }), latest)).toBe(ms);
  });

  it('is the proxy\'s Retry-After if that is longer than the least pause', () => {
    const asked = (retryAfterMs: number): WatchError => new WatchError('network', 'no', { status: 407, retryAfterMs });
    expect([1_000, 30 * MINUTE].map((ms) => retryDelay(trouble({ error: asked(ms) }), () => 0))).toEqual([5 * MINUTE, 30 * MINUTE]);
  });

  it('is not zero even if Retry-After is always 0', () => {
    expect(retryDelay(trouble({ error: new WatchError('network', 'busy', { retryAfterMs: 0 }) }), latest)).toBe(1_000);
  });

  it('is a whole number of milliseconds up to the cap, or the end', () => {
    fc.assert(fc.property(fc.nat(), fc.boolean(), fc.nat(), fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), (failures, everConnected, troubleMs, random) => {
      const delay = retryDelay(trouble({ failures, everConnected, troubleMs }), () => random);
      expect(delay === 'give-up' || (Number.isSafeInteger(delay) && delay >= 0 && delay <= MINUTE)).toBe(true);
    }));
  });
});

describe('giving up', () => {
  it('does not depend on chance if a failure is final', () => {
    for (const error of FAILURES.fatal) expect(retryDelay(trouble({ error }), () => 0)).toBe('give-up');
  });

  it('happens before the first connection if that would take more than a minute', () => {
    expect(retryDelay(trouble({ everConnected: false, troubleMs: 59_000 }), latest)).toBe(1_000);
    expect(retryDelay(trouble({ everConnected: false, troubleMs: 59_001 }), latest)).toBe('give-up');
    const askedForTwoMinutes = new WatchError('network', 'busy', { retryAfterMs: 120_000 });
    expect(retryDelay(trouble({ everConnected: false, error: askedForTwoMinutes }), latest)).toBe('give-up');
  });

  it('never happens because of the network after a connection', () => {
    expect(retryDelay(trouble({ troubleMs: Number.MAX_SAFE_INTEGER, failures: 1e9, alike: { failures: 1e9, ms: Number.MAX_SAFE_INTEGER } }), latest)).toBe(MINUTE);
  });
});

describe('the count of failures', () => {
  it('starts again after a success, but keeps the delay growing unless the success is proven', () => {
    const clock = steppedClock();
    const count = new TroubleCount(clock.now);
    count.failed(network);
    clock.jump(1_000);
    expect(count.failed(network)).toEqual({ failures: 1, alike: { failures: 1, ms: 1_000 }, troubleMs: 1_000 });
    count.worked({ proven: false });
    expect(count.failed(network)).toEqual({ failures: 2, alike: { failures: 0, ms: 0 }, troubleMs: 0 });
    count.worked();
    expect(count.failed(network)).toEqual({ failures: 0, alike: { failures: 0, ms: 0 }, troubleMs: 0 });
  });

  it('extends the patience by at most its own length if the clock is set back', () => {
    const clock = steppedClock();
    const count = new TroubleCount(clock.now);
    count.failed(network);
    clock.jump(-60 * MINUTE);
    expect(count.failed(network).troubleMs).toBe(0);
    clock.jump(MINUTE);
    expect(count.failed(network)).toMatchObject({ troubleMs: MINUTE, alike: { ms: MINUTE } });
  });
});
