import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { loginWithDeviceCode } from '../../../src/auth/sign-in.ts';
import { WatchError } from '../../../src/errors.ts';
import { realClock } from '../../../src/surroundings.ts';
import { steppedClock } from '../../support/stepped-clock.ts';
import { createTokenSource, type TokenSourceOptions } from '../../../src/auth/tokens.ts';
import { staticImports } from './bundle.ts';
import { scene, SECRETS, tokens, type Scene } from './support.ts';

let s: Scene;
beforeEach(() => {
  s = scene();
});
afterEach(() => {
  s.clean();
});

const source = (changes: Partial<TokenSourceOptions> = {}) => {
  const context = s.context();
  return createTokenSource({ ...context, configFolder: s.folder, vault: s.vault, warn: (line) => s.said.push(line), ...changes });
};

describe('a token from the environment', () => {
  it('is used unchanged, except for white space around it', async () => {
    const made = source({ token: ' opaque+token/1=\n' });
    expect(made.kind).toBe('token');
    expect(await made.get()).toBe('opaque+token/1=');
  });

  it('is never shown', async () => {
    await source({ token: 'opaque-token-1' }).get();
    expect(s.redactor.redact('it is opaque-token-1')).toBe('it is [redacted]');
  });

  it('cannot be refreshed, so it is invalid once refused', async () => {
    const made = source({ token: 'opaque-token-1' });
    await made.get();
    await expect(made.get({ forceRefresh: true })).rejects.toMatchObject({
      category: 'auth', status: 401, message: 'Graph refused the token in GRAPH_WATCH_TOKEN: it is invalid or has expired.',
    });
  });

  it.each(['', '  ', 'two words', 'line\nbreak', 'töken'])('must look like a token: "%s" does not', async (token) => {
    const error: unknown = await source({ token }).get().catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ category: 'auth', message: expect.stringMatching(/^GRAPH_WATCH_TOKEN (is empty|does not contain)/) as unknown });
  });

  it('takes precedence over a file, and a file over a sign-in', () => {
    expect(source({ token: 't', tokenFile: 'f' }).kind).toBe('token');
    expect(source({ tokenFile: 'f' }).kind).toBe('token-file');
    expect(source().kind).toBe('sign-in');
  });
});

describe('a token from a file', () => {
  const path = () => join(s.folder, '..', 'token');

  it('is read again each time', async () => {
    const made = source({ tokenFile: path() });
    writeFileSync(path(), 'first-token\n');
    expect(await made.get()).toBe('first-token');
    writeFileSync(path(), 'second-token');
    expect(await made.get()).toBe('second-token');
    expect(s.redactor.redact('first-token second-token')).toBe('[redacted] [redacted]');
  });

  it('is invalid once refused, until the file has another one', async () => {
    const made = source({ tokenFile: path() });
    writeFileSync(path(), 'first-token');
    await made.get();
    await expect(made.get({ forceRefresh: true })).rejects.toMatchObject({ category: 'auth', message: expect.stringContaining('invalid') as unknown });
    writeFileSync(path(), 'second-token');
    expect(await made.get({ forceRefresh: true })).toBe('second-token');
  });

  it('that replaced a refused one serves all requests that were under way', async () => {
    const made = source({ tokenFile: path() });
    writeFileSync(path(), 'first-token');
    const [refused] = await Promise.all([made.get(), made.get()]);
    writeFileSync(path(), 'second-token');
    expect(await made.get({ forceRefresh: true, refused })).toBe('second-token');
    expect(await made.get({ forceRefresh: true, refused })).toBe('second-token');
    await expect(made.get({ forceRefresh: true, refused: 'second-token' })).rejects.toMatchObject({ category: 'auth' });
  });

  it.each([
    ['in UTF-16, as Windows PowerShell writes it', Buffer.from('\ufeffthe-token\r\n', 'utf16le')], ['in big-endian UTF-16', Buffer.from('\ufeffthe-token', 'utf16le').swap16()],
    ['after a byte order mark', Buffer.from('\ufeffthe-token\n')], ['in quotes', Buffer.from('"the-token"\n')], ['in single quotes, after a mark', Buffer.from("\ufeff'the-token' ")],
  ])('is read %s', async (_how, bytes) => {
    writeFileSync(path(), bytes);
    expect(await source({ tokenFile: path() }).get()).toBe('the-token');
    expect(s.redactor.redact('the-token')).toBe('[redacted]');
  });

  it.each(['"the-token', 'the-token"', '""'])('keeps an unbalanced quote, and is refused if there is nothing in the quotes: %s', async (text) => {
    writeFileSync(path(), text);
    if (/^"the|n"$/.test(text)) expect(await source({ tokenFile: path() }).get()).toBe(text);
    else await expect(source({ tokenFile: path() }).get()).rejects.toMatchObject({ category: 'auth' });
  });

  it('is an auth error when the file is missing or empty', async () => {
    const made = source({ tokenFile: path() });
    await expect(made.get()).rejects.toMatchObject({ category: 'auth', hint: 'Check GRAPH_WATCH_TOKEN_FILE.' });
    writeFileSync(path(), '\n');
    await expect(made.get()).rejects.toMatchObject({ category: 'auth', message: expect.stringContaining('is empty') as unknown });
  });

  it.each([
    ['is empty', () => { writeFileSync(path(), ''); }, 'is empty.'],
    ['is absent', () => { rmSync(path()); }, 'cannot be read: ENOENT'],
    ['holds half a page', () => { writeFileSync(path(), '<html> not yet'); }, 'does not contain a valid access token.'],
  ])('stays the last good one for a minute, with a warning, while the file %s', async (_how, spoil, why) => {
    const made = source({ tokenFile: path() });
    writeFileSync(path(), 'first-token');
    await made.get();
    spoil();
    expect([await made.get(), await made.get()]).toEqual(['first-token', 'first-token']);
    expect(s.said).toEqual([expect.stringContaining(why)]);
    expect(s.said[0]).toMatch(/\. Using the last good token for up to 1 m 00 s\.$/);
    await s.clock.sleep(60_000);
    expect(await made.get()).toBe('first-token');
    await s.clock.sleep(1);
    await expect(made.get()).rejects.toMatchObject({ category: 'auth', code: undefined, message: expect.stringContaining(why) as unknown });
    writeFileSync(path(), 'second-token');
    expect(await made.get()).toBe('second-token');
    spoil();
    expect(await made.get()).toBe('second-token');
    expect(s.said).toHaveLength(2);
  });

  it('fails for the time being if Graph has refused the last good one and the file has no other yet', async () => {
    const made = source({ tokenFile: path() });
    writeFileSync(path(), 'first-token');
    await made.get();
    writeFileSync(path(), '');
    const passing = { category: 'auth', code: 'tokenFile' };
    await expect(made.get({ forceRefresh: true, refused: 'first-token' })).rejects.toMatchObject(passing);
    await expect(made.get()).rejects.toMatchObject(passing);
    writeFileSync(path(), 'first-token');
    await expect(made.get({ forceRefresh: true, refused: 'first-token' })).rejects.toMatchObject(passing);
    writeFileSync(path(), 'second-token');
    expect(await made.get()).toBe('second-token');
  });

  it('is not read when aborted', async () => {
    writeFileSync(path(), 'first-token');
    const reason = new Error('Ctrl-C');
    await expect(source({ tokenFile: path() }).get({ signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
  });
});

describe('a token of the sign-in', () => {
  const login = () => loginWithDeviceCode(s.context(), { onPrompt: () => undefined });

  it('comes from the store', async () => {
    await login();
    expect(await source().get()).toBe(SECRETS.access(1));
  });

  it('is a new one after a refusal', async () => {
    await login();
    s.service.script(tokens({ n: 2 }));
    const made = source();
    await made.get();
    expect(await made.get({ forceRefresh: true })).toBe(SECRETS.access(2));
  });

  it('is refreshed even if it is refused before this source has returned any', async () => {
    await login();
    s.service.script(tokens({ n: 2 }));
    expect(await source().get({ forceRefresh: true })).toBe(SECRETS.access(2));
  });

  it('is requested by two callers at once, and both get it', async () => {
    s.service.script(tokens({ expiresIn: 1 }));
    await login();
    s.service.script(tokens({ n: 2 }));
    // One waits for the lock until the other has finished, however long that takes.
    const clock = { ...realClock, now: s.clock.now };
    expect(await Promise.all([source({ clock }).get(), source({ clock }).get()])).toEqual([SECRETS.access(2), SECRETS.access(2)]);
    expect(s.service.tokenForms()).toHaveLength(2);
  });

  it('is gone once somebody has signed out', async () => {
    await login();
    const clock = steppedClock(Date.now());
    const made = source({ clock });
    await made.get();
    rmSync(s.folder, { recursive: true });
    // Within a minute the store is not read again: a thousand targets may ask at once.
    expect(await made.get()).toBe(SECRETS.access(1));
    clock.jump(60_000);
    await expect(made.get()).rejects.toMatchObject({ category: 'auth', code: 'notSignedIn' });
  });
});

describe('the account of a token source', () => {
  const login = (user: string, n: number) => {
    s.service.script(tokens({ user, n }));
    return loginWithDeviceCode(s.context(), { onPrompt: () => undefined });
  };
  const forget = (user: string) => s.store().exclusively(async (stored) => {
    const { content } = stored;
    await stored.write({ cache: content.cache, signIns: content.signIns.filter(({ username }) => username !== `${user}@example.com`) });
  });

  it('stays the one of its first token, whoever signs in later', async () => {
    await login('ada', 1);
    const clock = steppedClock(Date.now());
    const made = source({ clock });
    await made.get();
    await login('bob', 2);
    clock.jump(60_000);
    expect(await made.get()).toBe(SECRETS.access(1));
    s.service.script((form) => tokens({ user: 'ada', n: form.get('refresh_token') === SECRETS.refresh(1) ? 3 : 4 }));
    expect(await made.get({ forceRefresh: true, refused: SECRETS.access(1) })).toBe(SECRETS.access(3));
    // A new source uses the last sign-in.
    expect(await source().get()).toBe(SECRETS.access(2));
  });

  it('is reported as signed out once it is forgotten, even if somebody else is signed in', async () => {
    await login('ada', 1);
    const made = source();
    await made.get();
    await login('bob', 2);
    await forget('ada');
    await expect(made.get({ forceRefresh: true })).rejects.toMatchObject({ category: 'auth', message: 'ada@example.com is no longer signed in.', hint: 'Run graph-watch login.' });
  });

  it('is not chosen before there is a token', async () => {
    const made = source();
    await expect(made.get()).rejects.toMatchObject({ code: 'notSignedIn' });
    s.service.script(tokens({ user: 'ada', expiresIn: 1 }));
    await loginWithDeviceCode(s.context(), { onPrompt: () => undefined });
    s.service.script(new WatchError('network', 'login.test could not be reached'));
    await expect(made.get()).rejects.toMatchObject({ category: 'network' });
    await login('bob', 2);
    expect(await made.get()).toBe(SECRETS.access(2));
  });
});

it('loads no heavy library for tokens from the environment', async () => {
  const imports = await staticImports('src/auth/tokens.ts');
  expect(imports.filter((path) => !path.startsWith('src/') && !path.startsWith('node:'))).toEqual([]);
  expect(imports).not.toContain('src/auth/silent.ts');
});

describe('a token that many callers request', () => {
  it('is refreshed once, even for callers whose refusal comes late', async () => {
    await loginWithDeviceCode(s.context(), { onPrompt: () => undefined });
    s.service.script(tokens({ n: 2 }));
    const made = source();
    const refused = await made.get();
    const first = [made.get({ forceRefresh: true, refused }), made.get({ forceRefresh: true, refused })];
    expect(await Promise.all(first)).toEqual([SECRETS.access(2), SECRETS.access(2)]);
    expect(await made.get({ forceRefresh: true, refused })).toBe(SECRETS.access(2));
    expect(s.service.tokenForms()).toHaveLength(2);
  });

  it.each(['refreshed', 'asked for'])('is still %s if the first caller is aborted', async (how) => {
    s.service.script(tokens({ expiresIn: how === 'refreshed' ? 3600 : 1 }));
    await loginWithDeviceCode(s.context(), { onPrompt: () => undefined });
    const forceRefresh = how === 'refreshed';
    const stop = new AbortController();
    const reason = new Error('the attempt took too long');
    let underWay = (): void => undefined;
    const arrived = new Promise<void>((resolve) => { underWay = resolve; });
    let answer = (): void => undefined;
    const answered = new Promise<void>((resolve) => { answer = resolve; });
    s.service.script(async () => {
      underWay();
      await answered;
      return tokens({ n: 2 });
    });
    const made = source();
    const first = made.get({ forceRefresh, signal: stop.signal });
    const others = [made.get({ forceRefresh }), made.get({ forceRefresh, signal: new AbortController().signal })];
    await arrived;
    stop.abort(reason);
    await expect(first).rejects.toBe(reason);
    answer();
    expect(await Promise.all(others)).toEqual([SECRETS.access(2), SECRETS.access(2)]);
    expect(s.service.tokenForms()).toHaveLength(2);
  });
});
