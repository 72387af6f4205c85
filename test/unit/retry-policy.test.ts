import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { WatchError, type ErrorCategory } from '../../src/errors.ts';
import { retryDelay, type Trouble } from '../../src/retry-policy.ts';

const network = new WatchError('network', 'lost');
const trouble = (more: Partial<Trouble> = {}): Trouble => ({ error: network, failures: 0, unsupported: 0, everConnected: true, troubleMs: 0, ...more });
const latest = (): number => 0.999_999_9;

describe('the delay', () => {
  it('doubles its ceiling from one second to a minute', () => {
    expect([0, 1, 2, 3, 4, 5, 6, 7, 1_000_000].map((failures) => retryDelay(trouble({ failures }), latest)))
      .toEqual([1_000, 2_000, 4_000, 8_000, 16_000, 32_000, 60_000, 60_000, 60_000]);
  });

  it('is anything below the ceiling: full jitter', () => {
    expect(retryDelay(trouble({ failures: 3 }), () => 0)).toBe(0);
    expect(retryDelay(trouble({ failures: 3 }), () => 0.5)).toBe(4_000);
  });

  it('is what Retry-After says, to the letter, whatever the jitter', () => {
    const asked = (retryAfterMs: number): WatchError => new WatchError('network', 'busy', { status: 429, retryAfterMs });
    for (const ms of [1, 10_000, 3_600_000]) expect(retryDelay(trouble({ error: asked(ms), failures: 2 }), latest)).toBe(ms);
  });

  it('is not nothing where Retry-After is: a server that always says so is not asked without a pause', () => {
    expect(retryDelay(trouble({ error: new WatchError('network', 'busy', { retryAfterMs: 0 }) }), latest)).toBe(1_000);
  });

  it('is a whole number of milliseconds within the cap, or the end', () => {
    fc.assert(fc.property(fc.nat(), fc.boolean(), fc.nat(), fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), (failures, everConnected, troubleMs, random) => {
      const delay = retryDelay(trouble({ failures, everConnected, troubleMs }), () => random);
      expect(delay === 'give-up' || (Number.isSafeInteger(delay) && delay >= 0 && delay <= 60_000)).toBe(true);
    }));
  });
});

describe('giving up', () => {
  it.each<[ErrorCategory, number | 'give-up']>([['network', 1_000], ['auth', 'give-up'], ['usage', 'give-up'], ['refused', 'give-up'], ['internal', 'give-up']])(
    'after an error of the category %s: %p', (category, result) => {
      expect(retryDelay(trouble({ error: new WatchError(category, 'no') }), latest)).toBe(result);
    },
  );

  it('happens before the first connection when it would take more than a minute', () => {
    expect(retryDelay(trouble({ everConnected: false, troubleMs: 59_000 }), latest)).toBe(1_000);
    expect(retryDelay(trouble({ everConnected: false, troubleMs: 59_001 }), latest)).toBe('give-up');
    const askedForTwoMinutes = new WatchError('network', 'busy', { retryAfterMs: 120_000 });
    expect(retryDelay(trouble({ everConnected: false, error: askedForTwoMinutes }), latest)).toBe('give-up');
  });

  it('never happens to the network after a connection', () => {
    expect(retryDelay(trouble({ troubleMs: Number.MAX_SAFE_INTEGER, failures: 1e9 }), latest)).toBe(60_000);
  });

  it('waits for the fourth 400 notSupported in a row', () => {
    const error = new WatchError('refused', 'no', { code: 'notSupported', status: 400 });
    expect([0, 1, 2, 3].map((unsupported) => retryDelay(trouble({ error, unsupported, failures: unsupported }), latest))).toEqual([1_000, 2_000, 4_000, 'give-up']);
  });
});
