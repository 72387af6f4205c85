import { describe, expect, it } from '@jest/globals';
import { parseAddress } from '../../../../src/emulator/graph/address/parse-address.ts';
import type { GraphError } from '../../../../src/emulator/graph/errors.ts';
import { resourceUnits } from '../../../../src/emulator/graph/throttling/resource-units.ts';
import { Throttle } from '../../../../src/emulator/graph/throttling/throttle.ts';

describe('resource units', () => {
  it.each([
    ['GET', '/me/drive/root/delta?token=x', 1],
    ["GET", "/me/drive/root/delta(token='x')", 1],
    ['GET', '/me/drive/root/delta', 2],
    ['GET', '/me/drive/root/delta?token=', 2],
    ['GET', '/me/drive/items/x', 1],
    ['GET', '/me/drive/items/x/content', 1],
    ['GET', '/me/drive/root/children', 2],
    ['PUT', '/me/drive/root:/a:/content', 2],
    ['DELETE', '/me/drive/items/x', 2],
    ['GET', '/me/drive/items/x/permissions', 5],
    ['GET', '/me/drive/items/x?$expand=permissions', 5],
    ['POST', '/me/drive/items/x/createLink', 5],
  ])('of %s %s are %d', (method, url, units) => {
    const { pathname, searchParams } = new URL(url, 'https://localhost');
    expect(resourceUnits(method, parseAddress(pathname)!, searchParams)).toBe(units);
  });
});

describe('throttling', () => {
  const refused = (run: () => unknown): GraphError => {
    try {
      run();
    } catch (error) {
      return error as GraphError;
    }
    throw new Error('not refused');
  };

  it('shows the limit from 80 % on, and refuses beyond it until the minute is over', () => {
    let now = 0;
    const throttle = new Throttle(() => now, () => 10);
    expect(throttle.take('app', 7)).toEqual({});
    now = 20_000;
    expect(throttle.take('app', 1)).toEqual({ 'RateLimit-Limit': '10', 'RateLimit-Remaining': '2', 'RateLimit-Reset': '40' });
    expect(throttle.take('app', 2)['RateLimit-Remaining']).toBe('0');
    expect(refused(() => throttle.take('app', 1))).toMatchObject({ status: 429, code: 'activityLimitReached', headers: { 'Retry-After': '40', 'RateLimit-Remaining': '0' } });
    now = 59_999;
    expect(refused(() => throttle.take('app', 1)).headers['Retry-After']).toBe('1');
    now = 60_000;
    expect(throttle.take('app', 1)).toEqual({});
  });

  it('counts each application separately, and nothing without a limit', () => {
    let limit: number | undefined = 1;
    const throttle = new Throttle(() => 0, () => limit);
    throttle.take('one', 1);
    expect(refused(() => throttle.take('one', 1)).status).toBe(429);
    throttle.take('other', 1);
    limit = undefined;
    expect(throttle.take('one', 100)).toEqual({});
  });
});
