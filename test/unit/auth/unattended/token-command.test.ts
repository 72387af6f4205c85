import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { readToken, runTokenCommand } from '../../../../src/auth/unattended/token-command.ts';
import { ATTEMPT_TIMEOUT_MS } from '../../../../src/stream/link.ts';

const { signal } = new AbortController();
const env = { PATH: process.env.PATH };

describe('what a token command prints', () => {
  it.each<[string, string, number | undefined]>([
    ['plain', 'eyJ0.token.x\n', undefined],
    ['az, with seconds since the epoch', '{"accessToken":"eyJ0.token.x","expiresOn":"2026-11-27 10:00:00.000000","expires_on":1795773600}', 1_795_773_600_000],
    ['an OAuth answer', '{"access_token":"eyJ0.token.x","expires_on":"1795773600"}', 1_795_773_600_000],
    ['a time with a zone', '{"token":"eyJ0.token.x","expiresOn":"2026-11-27T10:00:00Z"}', Date.UTC(2026, 10, 27, 10)],
    ['JSON text', '"eyJ0.token.x"', undefined],
    ['a time that is none', '{"token":"eyJ0.token.x","expiresOn":"soon"}', undefined],
  ])('is read: %s', (_what, output, expiresAt) => {
    expect(readToken(output)).toEqual({ token: 'eyJ0.token.x', expiresAt });
  });

  it('with a local time, as az prints it, is read as local time', () => {
    expect(readToken('{"accessToken":"t0ken","expiresOn":"2026-11-27 10:00:00.000000"}').expiresAt).toBe(new Date(2026, 10, 27, 10).getTime());
  });

  it.each(['', '  \n', '{}', '{"error":"none"}', 'two words', 'line\nline', '{"accessToken":""}', '[1]x y'])('is refused without being quoted: %j', (output) => {
    expect(() => readToken(output)).toThrow(expect.objectContaining({ category: 'auth', message: expect.stringContaining('GRAPH_WATCH_TOKEN_COMMAND') }));
  });
});

describe('a token command', () => {
  it('runs in the shell, with the environment', async () => {
    expect(await runTokenCommand('printf %s "$PREFIX-$(echo token)"', { ...env, PREFIX: 'my' }, signal)).toEqual({ token: 'my-token', expiresAt: undefined });
  });

  it.each([
    ['exit 3', 'exit code 3'],
    ['echo secret-output; exit 1', 'exit code 1'],
    ['kill -TERM $$', 'SIGTERM'],
    ['no-such-program-here 2>/dev/null', 'exit code 127'],
    ['true', 'printed nothing'],
    ['yes', 'too long for an access token'],
  ])('that fails is an auth error that does not quote it: %s', async (line, why) => {
    await expect(runTokenCommand(line, env, signal)).rejects.toMatchObject({ category: 'auth', message: expect.stringContaining(why) });
    await expect(runTokenCommand(line, env, signal)).rejects.not.toMatchObject({ message: expect.stringContaining('secret-output') });
  });

  it('is stopped by its signal', async () => {
    const stop = new AbortController();
    const running = runTokenCommand('read never < /dev/zero; exec sleep 60', env, stop.signal);
    stop.abort(new Error('stopped'));
    await expect(running).rejects.toThrow('stopped');
  });

  describe('that takes too long', () => {
    const stop = new AbortController();
    afterEach(() => {
      jest.useRealTimers();
      stop.abort();
    });

    it('is ended, and named, before the attempt to connect that waits for it is given up', async () => {
      jest.useFakeTimers({ doNotFake: ['nextTick', 'setImmediate', 'queueMicrotask'] });
      const running = runTokenCommand('exec sleep 60', env, stop.signal).catch((error: unknown) => error);
      jest.advanceTimersByTime(ATTEMPT_TIMEOUT_MS - 1);
      expect(await Promise.race([running, new Promise((resolve) => { setImmediate(resolve, 'still running'); })])).toMatchObject({
        code: 'tokenCommand', message: expect.stringMatching(/GRAPH_WATCH_TOKEN_COMMAND returned no token: it took longer than \d+ s/),
      });
    });
  });
});
