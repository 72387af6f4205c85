import { describe, expect, it } from '@jest/globals';
import type { TokenSource } from '../../../../src/auth/token-source.ts';
import { heldTokens, type IssuedToken } from '../../../../src/auth/unattended/held-token.ts';
import { WatchError } from '../../../../src/errors.ts';
import { createRedactor } from '../../../../src/lib/redactor.ts';
import { steppedClock } from '../../../support/stepped-clock.ts';

const HOUR_MS = 3_600_000;

function scene(lifeMs: number | undefined, kind: TokenSource['kind'] = 'app') {
  const clock = steppedClock();
  const redactor = createRedactor();
  const warnings: string[] = [];
  let issuedSoFar = 0;
  let failure: Error | undefined;
  const source = heldTokens({
    kind, clock, redactor, warn: (line) => warnings.push(line),
    issue: (): Promise<IssuedToken> => {
      if (failure !== undefined) return Promise.reject(failure);
      issuedSoFar += 1;
      return Promise.resolve({ token: `issued-token-${issuedSoFar}`, expiresAt: lifeMs === undefined ? undefined : clock.now() + lifeMs });
    },
  });
  return { clock, redactor, warnings, source, issued: () => issuedSoFar, fail: (error: Error | undefined) => { failure = error; } };
}

const away = new WatchError('network', 'login.example could not be reached');

describe('a held token', () => {
  it('is used until five minutes before it expires, and is then renewed', async () => {
    const { clock, source, issued } = scene(HOUR_MS);
    expect(await source.get()).toBe('issued-token-1');
    await clock.advance(HOUR_MS - 5 * 60_000 - 1);
    expect(await source.get()).toBe('issued-token-1');
    await clock.advance(1);
    expect(await source.get()).toBe('issued-token-2');
    expect(issued()).toBe(2);
  });

  it('is renewed at half of a short lifetime, and after five minutes if its lifetime is unknown', async () => {
    const short = scene(4 * 60_000);
    await short.source.get();
    await short.clock.advance(2 * 60_000);
    expect(await short.source.get()).toBe('issued-token-2');
    const unknown = scene(undefined);
    await unknown.source.get();
    await unknown.clock.advance(5 * 60_000 - 1);
    expect(await unknown.source.get()).toBe('issued-token-1');
    await unknown.clock.advance(1);
    expect(await unknown.source.get()).toBe('issued-token-2');
  });

  it('is requested once for all callers that wait', async () => {
    const { source, issued } = scene(HOUR_MS);
    expect(await Promise.all([source.get(), source.get(), source.get()])).toEqual(['issued-token-1', 'issued-token-1', 'issued-token-1']);
    expect(issued()).toBe(1);
  });

  it('is replaced when Graph has refused it, once for all callers', async () => {
    const { source, issued } = scene(HOUR_MS);
    const refused = await source.get();
    expect(await source.get({ forceRefresh: true, refused })).toBe('issued-token-2');
    expect(await source.get({ forceRefresh: true, refused })).toBe('issued-token-2');
    expect(issued()).toBe(2);
  });

  it('is kept while the identity service is unreachable, with one warning and occasional retries', async () => {
    const { clock, source, warnings, fail, issued } = scene(HOUR_MS);
    await source.get();
    fail(away);
    await clock.advance(HOUR_MS - 4 * 60_000);
    expect(await source.get()).toBe('issued-token-1');
    expect(await source.get()).toBe('issued-token-1');
    await clock.advance(60_000);
    expect(await source.get()).toBe('issued-token-1');
    expect(warnings).toHaveLength(1);
    fail(undefined);
    await clock.advance(30_000);
    expect(await source.get()).toBe('issued-token-2');
    expect(issued()).toBe(2);
  });

  it('is not used after it expires, or after the identity service refused a new one', async () => {
    const { clock, source, fail } = scene(HOUR_MS);
    await source.get();
    fail(new WatchError('auth', 'the secret has expired'));
    await clock.advance(HOUR_MS - 60_000);
    await expect(source.get()).rejects.toMatchObject({ category: 'auth' });
    fail(away);
    await clock.advance(2 * 60_000);
    await expect(source.get()).rejects.toBe(away);
  });

  it('is kept while its command fails, whatever the reason, until it expires', async () => {
    const { clock, source, warnings, fail } = scene(HOUR_MS, 'token-command');
    const refused = await source.get();
    const failed = new WatchError('auth', 'The command returned no token: it failed with exit code 1.', { code: 'tokenCommand' });
    fail(failed);
    await clock.advance(HOUR_MS - 1);
    expect(await source.get()).toBe('issued-token-1');
    expect(warnings).toEqual([
      'The access token could not be renewed (The command returned no token: it failed with exit code 1); using the last one until it expires.',
    ]);
    // Graph has refused it, whatever its lifetime says.
    await expect(source.get({ forceRefresh: true, refused })).rejects.toBe(failed);
    await clock.advance(1);
    await expect(source.get()).rejects.toBe(failed);
  });

  it('is renewed when the clock was set back, since its remaining lifetime is unknown', async () => {
    const { clock, source } = scene(HOUR_MS);
    await source.get();
    clock.jump(-2 * HOUR_MS);
    expect(await source.get()).toBe('issued-token-2');
  });

  it('is always redacted, and an aborted caller stops waiting', async () => {
    const { source, redactor } = scene(HOUR_MS);
    await source.get();
    expect(redactor.redact('it was issued-token-1')).toBe('it was [redacted]');
    const stop = new AbortController();
    stop.abort(new Error('stopped'));
    await expect(source.get({ forceRefresh: true, signal: stop.signal })).rejects.toThrow('stopped');
  });
});
