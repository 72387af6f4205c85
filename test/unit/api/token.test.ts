import { describe, expect, it } from '@jest/globals';
import type { TokenFunction } from '../../../src/api/options.ts';
import { givenToken } from '../../../src/api/token.ts';
import { WatchError } from '../../../src/errors.ts';
import { createRedactor } from '../../../src/lib/redactor.ts';

const source = (token: string | TokenFunction) => givenToken(token, createRedactor());

describe('the token of an API caller', () => {
  it('is a string, or what a function returns', async () => {
    expect(await source('opaque-1').get()).toBe('opaque-1');
    expect(await source(() => ' opaque-2\n').get()).toBe('opaque-2');
    expect(await source(() => Promise.resolve('opaque-3')).get()).toBe('opaque-3');
  });

  it('is requested again once it was refused; the function gets the refused one', async () => {
    const requests: unknown[] = [];
    const tokens = source(({ refused }) => {
      requests.push(refused);
      return refused === undefined ? 'opaque-old' : 'opaque-new';
    });
    await tokens.get();
    expect(await tokens.get({ forceRefresh: true, refused: 'opaque-old' })).toBe('opaque-new');
    expect(requests).toEqual([undefined, 'opaque-old']);
  });

  it('ends the watch if it is refused and there is no other one', async () => {
    await expect(source('opaque-1').get({ forceRefresh: true, refused: 'opaque-1' })).rejects.toMatchObject({ category: 'auth', status: 401 });
    await expect(source(() => 'opaque-1').get({ forceRefresh: true, refused: 'opaque-1' })).rejects.toMatchObject({ category: 'auth', status: 401 });
  });

  it.each(['', 'two words', 'naïve', undefined, 5])('is refused if it is %p', async (token) => {
    await expect(source(() => token as string).get()).rejects.toMatchObject({ category: 'auth', message: 'The token function did not return a valid access token.' });
    if (typeof token === 'string') await expect(source(token).get()).rejects.toMatchObject({ category: 'auth', message: 'The token option is not a valid access token.' });
  });

  it.each([
    [Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' }), 'network'],
    [new TypeError('fetch failed', { cause: Object.assign(new Error('other side closed'), { code: 'UND_ERR_SOCKET' }) }), 'network'],
    [new WatchError('network', 'later'), 'network'],
    [new Error('invalid_grant'), 'auth'],
    [new TypeError('x is not a function'), 'auth'],
  ])('that fails with %p is an error of category %s', async (error, category) => {
    await expect(source(() => { throw error; }).get()).rejects.toMatchObject({ category });
    await expect(source(() => Promise.reject(error)).get()).rejects.toMatchObject({ category });
  });

  it('is no longer waited for once nobody needs it', async () => {
    const over = new AbortController();
    const waiting = source(() => new Promise<string>(() => undefined)).get({ signal: over.signal });
    over.abort(new Error('closed'));
    await expect(waiting).rejects.toThrow('closed');
  });

  it('never appears in a log', async () => {
    const redactor = createRedactor();
    await givenToken(() => 'opaque-secret', redactor).get();
    expect(redactor.redact('it was opaque-secret')).not.toContain('opaque-secret');
  });
});
