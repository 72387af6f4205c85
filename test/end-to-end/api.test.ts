import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { changes, createEmulator, watch, WatchError, type ChangeEvent, type Emulator, type EventStream, type PositionStore } from '../../src/index.ts';
import { main } from '../../src/main.ts';
import { schemaErrors } from '../support/events-schema.ts';
import { fakeSurroundings } from '../support/fake-surroundings.ts';

let emulator: Emulator;
let place: string;
const open: EventStream<unknown>[] = [];
beforeAll(async () => {
  emulator = await createEmulator();
  place = mkdtempSync(join(tmpdir(), 'graph-watch-api-'));
});
afterEach(async () => {
  await Promise.all(open.splice(0).map((stream) => stream.close()));
  emulator.clearFaults();
});
afterAll(async () => {
  await emulator.stop();
  rmSync(place, { recursive: true, force: true });
});

/** Closed after the test, however it ends. */
function kept<Stream extends EventStream<unknown>>(stream: Stream): Stream {
  open.push(stream);
  return stream;
}

async function next<Event>(stream: EventStream<Event>): Promise<Event> {
  const { done, value } = await stream.next();
  if (done === true) throw new Error('the stream ended');
  return value;
}

/** Reads up to and including the first matching event. */
async function until<Event>(stream: EventStream<Event>, fits: (event: Event) => boolean): Promise<Event[]> {
  const seen: Event[] = [];
  do seen.push(await next(stream)); while (!fits(seen.at(-1)!));
  return seen;
}

const pathOf = (event: { type: string }): string | undefined => (event.type === 'change' ? (event as ChangeEvent).item.path : undefined);
const is = (path: string) => (event: { type: string }): boolean => pathOf(event) === path;

describe('changes', () => {
  it('yields the same records as the command line', async () => {
    const surroundings = fakeSurroundings({ env: commandLine(writeEmulatorFile(mkdtempSync(join(place, 'config-')))) });
    const done = main(['watch', 'me', '--changes', '--index', '--lifecycle', '--json'], surroundings);
    await surroundings.stdout.until('"ready"');
    const stream = kept(changes('me', { ...emulator.connection, index: true, lifecycle: true }));
    const first = await until(stream, ({ type }) => type === 'ready');
    await emulator.write('/Same/a.txt', 'hello');
    const created = await until(stream, is('/Same/a.txt'));
    await emulator.rename('/Same/a.txt', 'b.txt');
    const renamed = await until(stream, is('/Same/b.txt'));
    await surroundings.stdout.until('"renamed"');
    surroundings.raise('SIGINT');
    await done;
    const lines = surroundings.stdout.lines.map((line) => JSON.parse(line) as Record<string, unknown>).filter(({ type }) => type !== 'end');
    const all = [...first, ...created, ...renamed];
    // They saw it at different times.
    const timeless = (record: object): object => ({ ...record, time: '', changedToSeenMs: 0 });
    expect(all.map(timeless)).toEqual(lines.map(timeless));
    expect(all.flatMap(schemaErrors)).toEqual([]);
    expect(all.every(({ time }) => /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/.test(time))).toBe(true);
  });

  it('yields only what the filters pass', async () => {
    const stream = kept(changes('me', { ...emulator.connection, path: '/Wanted/**', only: 'files', lifecycle: true }));
    await until(stream, ({ type }) => type === 'ready');
    await emulator.write('/Other/a.txt', '1');
    await emulator.write('/Wanted/b.txt', '2');
    expect((await next(stream))).toMatchObject({ type: 'change', item: { path: '/Wanted/b.txt' } });
  });

  it('yields only changes in a folder if the target is the folder\'s address', async () => {
    await emulator.write('/Team/Reports/old.txt', '1');
    const link = await emulator.share('/Team/Reports', 'organization');
    const stream = kept(changes({ url: link! }, { ...emulator.connection, lifecycle: true }));
    await until(stream, ({ type }) => type === 'ready');
    await emulator.write('/Team/elsewhere.txt', '2');
    await emulator.write('/Team/Reports/new.txt', '3');
    expect(pathOf(await next(stream))).toBe('/Team/Reports/new.txt');
    await expect(watch({ url: link! }, emulator.connection).next()).rejects.toMatchObject({ category: 'usage' });
  });

  it('runs any number of times in one process', async () => {
    const streams = ['me', `drive:${emulator.driveId}`, { drive: emulator.driveId }, 'me'].map((target) => kept(changes(target, { ...emulator.connection, lifecycle: true })));
    await Promise.all(streams.map((stream) => until(stream, ({ type }) => type === 'ready')));
    await emulator.write('/Many/a.txt', '1');
    const seen = await Promise.all(streams.map((stream) => until(stream, is('/Many/a.txt'))));
    expect(seen.map((events) => events.at(-1)?.target)).toEqual(['me', `drive:${emulator.driveId}`, `drive:${emulator.driveId}`, 'me']);
    await streams[0]!.close();
    await emulator.write('/Many/b.txt', '1');
    await until(streams[3]!, is('/Many/b.txt'));
  });

  it('with once reports everything up to now and ends', async () => {
    const since = new Date(Date.now() - 1);
    await emulator.write('/Once/a.txt', '1');
    const seen: string[] = [];
    for await (const { item } of changes('me', { ...emulator.connection, since, once: true, path: '/Once/*' })) seen.push(item.path!);
    expect(seen).toContain('/Once/a.txt');
    expect(emulator.state().sockets).toBe(0);
  });

  it('gets a fresh token when the old one is refused', async () => {
    const stream = kept(changes('me', { ...emulator.connection, lifecycle: true }));
    await until(stream, ({ type }) => type === 'ready');
    emulator.revokeTokens();
    await emulator.write('/Token/a.txt', '1');
    await until(stream, is('/Token/a.txt'));
  });

  it('survives a lost connection, a lost cursor, and failing requests', async () => {
    const stream = kept(changes('me', { ...emulator.connection, lifecycle: true, index: true }));
    await until(stream, ({ type }) => type === 'ready');
    emulator.dropConnections('reset');
    await emulator.write('/Faults/a.txt', '1');
    await until(stream, is('/Faults/a.txt'));
    emulator.loseCursors();
    await emulator.write('/Faults/b.txt', '1');
    await until(stream, is('/Faults/b.txt'));
    emulator.fail({ kind: 'answer', status: 503, retryAfter: 0, path: '/v1.0/me/drive/root/delta' });
    await emulator.write('/Faults/c.txt', '1');
    await until(stream, is('/Faults/c.txt'));
  });
});

describe('watch', () => {
  it('yields notifications unchanged', async () => {
    const stream = kept(watch('me', { ...emulator.connection, lifecycle: true }));
    expect(await next(stream)).toMatchObject({ type: 'ready', target: 'me' });
    await emulator.notify();
    const event = await next(stream);
    expect(event).toMatchObject({ type: 'notification', target: 'me', data: { subscriptionId: expect.any(String) } });
    expect(schemaErrors(event)).toEqual([]);
    expect(Object.keys(event)).toEqual(['type', 'time', 'target', 'data']);
  });
});

/** A store in memory. */
function store(): PositionStore & { text: string | undefined } {
  const kept: PositionStore & { text: string | undefined } = { text: undefined, load: () => kept.text, save: (text) => { kept.text = text; } };
  return kept;
}

describe.each([['a file', () => join(place, `position-${Math.random().toString(36).slice(2)}`)], ['functions', store]])('a position in %s', (_kind, make) => {
  it('moves past finished events, and not past unfinished ones', async () => {
    const resume = make();
    const options = { ...emulator.connection, resume, only: 'files' as const };
    const first = kept(changes('me', { ...options, lifecycle: true }));
    await until(first, ({ type }) => type === 'ready');
    const name = Math.random().toString(36).slice(2);
    await emulator.write(`/${name}/a.txt`, '1');
    await until(first, is(`/${name}/a.txt`));
    // The loop ends without asking for the next one: a.txt is not finished.
    await first.close();
    await emulator.write(`/${name}/b.txt`, '2');
    const second: string[] = [];
    for await (const { item, via } of changes('me', { ...options, once: true })) {
      expect(via).toBe('catchup');
      second.push(item.path!);
    }
    expect(second.sort()).toEqual([`/${name}/a.txt`, `/${name}/b.txt`]);
    const third: string[] = [];
    for await (const { item } of changes('me', { ...options, once: true })) third.push(item.path!);
    expect(third).toEqual([]);
  });

  it('with ack: manual moves only on an acknowledgement', async () => {
    const options = { ...emulator.connection, resume: make(), only: 'files' as const, once: true, ack: 'manual' as const };
    await changes('me', { ...options }).next();
    const name = Math.random().toString(36).slice(2);
    for (const file of ['a', 'b', 'c']) await emulator.write(`/${name}/${file}.txt`, '1');
    const first = kept(changes('me', options));
    const given = [await next(first), await next(first), await next(first)];
    await first.ack(given[1]!);
    await first.close();
    const second = kept(changes('me', options));
    const rest = await next(second);
    expect(rest.item.path).toBe(given[2]!.item.path);
    // The end of once waits for the last acknowledgement.
    const end = second.next();
    await second.ack(rest);
    expect(await end).toEqual({ done: true, value: undefined });
    expect(await changes('me', options).next()).toEqual({ done: true, value: undefined });
    expect(() => second.ack(rest)).toThrow('The stream is closed');
  });
});

describe('a position', () => {
  it('in a file can be shared with the command line', async () => {
    const folder = writeEmulatorFile(mkdtempSync(join(place, 'config-')));
    const env = commandLine(folder);
    const once = async (): Promise<string[]> => {
      const surroundings = fakeSurroundings({ env });
      expect(await main(['watch', 'me', '--once', '--resume', 'shared', '--only', 'files', '--json'], surroundings)).toBe(0);
      return surroundings.stdout.lines.map((line) => (JSON.parse(line) as ChangeEvent).item.path!);
    };
    const api = async (resume: string, more = {}): Promise<string[]> => {
      const seen: string[] = [];
      for await (const { item } of changes('me', { ...emulator.connection, resume, once: true, only: 'files', ...more })) seen.push(item.path!);
      return seen;
    };
    await once();
    await emulator.write('/Shared/a.txt', '1');
    expect(await api(join(folder, 'resume', 'shared.jsonl'))).toEqual(['/Shared/a.txt']);
    await emulator.write('/Shared/b.txt', '1');
    expect(await once()).toEqual(['/Shared/b.txt']);
    await emulator.write('/Shared/c.txt', '1');
    // With an environment, by its name.
    expect(await api('shared', { env })).toEqual(['/Shared/c.txt']);
    expect(await once()).toEqual([]);
  });

  it('can be used by only one watch at a time', async () => {
    const resume = join(place, 'one-at-a-time');
    const stream = kept(changes('me', { ...emulator.connection, resume, lifecycle: true }));
    await next(stream);
    await expect(changes('me', { ...emulator.connection, resume }).next()).rejects.toMatchObject({ category: 'usage', message: expect.stringContaining('already using') });
  });

  it('that cannot be stored ends the watch', async () => {
    const resume: PositionStore = { load: () => undefined, save: () => Promise.reject(new Error('the database is away')) };
    await expect(changes('me', { ...emulator.connection, resume }).next()).rejects.toMatchObject({ category: 'internal', message: expect.stringContaining('the database is away') });
    let broken = false;
    const breaking: PositionStore = { load: () => undefined, save: () => { if (broken) throw new Error('full'); } };
    const stream = kept(changes('me', { ...emulator.connection, resume: breaking, ack: 'manual', lifecycle: true }));
    await until(stream, ({ type }) => type === 'ready');
    await emulator.write('/Broken/a.txt', '1');
    const seen = await until(stream, is('/Broken/a.txt'));
    broken = true;
    // A later checkpoint may be under way: whichever comes second stores it, or fails to.
    const following = stream.next();
    await Promise.allSettled([stream.ack(seen.at(-1)!)]);
    await expect(following).rejects.toMatchObject({ message: 'The position cannot be stored: full' });
  });
});

describe('the end of a stream', () => {
  it('comes with close, even while an event is awaited', async () => {
    const stream = changes('me', { ...emulator.connection, lifecycle: true });
    await next(stream);
    const waiting = stream.next();
    await stream.close();
    expect(await waiting).toEqual({ done: true, value: undefined });
    expect(await stream.next()).toEqual({ done: true, value: undefined });
    await stream[Symbol.asyncDispose]();
  });

  it('comes when the signal aborts, and the signal\'s reason is thrown', async () => {
    const over = new AbortController();
    const stream = changes('me', { ...emulator.connection, lifecycle: true, signal: over.signal });
    await next(stream);
    const waiting = stream.next();
    const reason = new Error('no longer needed');
    over.abort(reason);
    await expect(waiting).rejects.toBe(reason);
    expect(await stream.next()).toEqual({ done: true, value: undefined });
    await expect(changes('me', { ...emulator.connection, signal: over.signal }).next()).rejects.toBe(reason);
  });

  it('comes before the first event if the stream is already closed', async () => {
    const before = emulator.state().requests;
    const stream = changes('me', emulator.connection);
    await stream.close();
    expect(await stream.next()).toEqual({ done: true, value: undefined });
    expect(emulator.state().requests).toBe(before);
  });

  it('can come while the token is awaited', async () => {
    const stream = changes('me', { ...emulator.connection, token: () => new Promise<string>(() => undefined) });
    const waiting = stream.next();
    await stream.close();
    expect(await waiting).toEqual({ done: true, value: undefined });
  });

  it('comes if the log function throws', async () => {
    const wrong = new TypeError('this.write is not a function');
    await expect(changes('me', { ...emulator.connection, log: () => { throw wrong; } }).next()).rejects.toBe(wrong);
  });
});

describe('the log function', () => {
  it('gets the stages of the push connection, at the level debug', async () => {
    const lines: string[] = [];
    const stream = kept(watch('me', { ...emulator.connection, lifecycle: true, log: (line, level) => lines.push(`${level} ${line}`) }));
    await until(stream, ({ type }) => type === 'ready');
    expect(lines).toContainEqual(expect.stringMatching(/^debug push host .*: the WebSocket is open$/));
  });
});

describe('a wrong option or a failure', () => {
  it.each<[string, () => Promise<unknown>, object]>([
    ['no token', () => changes('me', {}).next(), { category: 'usage', hint: expect.stringContaining('process.env') }],
    ['no options', () => (changes as unknown as (target: string) => ReturnType<typeof changes>)('me').next(), { category: 'usage', message: 'The options are missing.' }],
    ['a signal that is not an AbortSignal', () => changes('me', { ...emulator.connection, signal: {} as AbortSignal }).next(), { category: 'usage' }],
    ['a target', () => changes('nowhere', emulator.connection).next(), { category: 'usage' }],
    ['a site, which has several drives', () => changes('site:contoso.sharepoint.com', emulator.connection).next(), { category: 'usage' }],
    ['two starts', () => changes('me', { ...emulator.connection, since: '1h', after: 'x' }).next(), { category: 'usage' }],
    ['once without a start', () => changes('me', { ...emulator.connection, once: true }).next(), { category: 'usage' }],
    ['a name without a folder', () => changes('me', { ...emulator.connection, resume: 'nightly' }).next(), { category: 'usage', hint: expect.stringContaining('./position') }],
    ['a Graph URL', () => watch('me', { token: 'x', graphUrl: 'http://example.com' }).next(), { category: 'usage' }],
    ['the emulator without an address', () => watch('me', { token: 'x', cloud: 'emulator' }).next(), { category: 'usage' }],
    ['the token', () => watch('me', { ...emulator.connection, token: 'opaque-nonsense' }).next(), { category: 'auth', status: 401 }],
    ['an unknown drive', () => changes({ drive: 'b!unknown' }, emulator.connection).next(), { category: 'refused', status: 404, requestId: expect.any(String) }],
    ['a port of the emulator', () => createEmulator({ port: Number(new URL(emulator.graphUrl).port) }), { category: 'usage', message: expect.stringContaining('EADDRINUSE') }],
  ])('%s is reported as a typed error', async (_what, act, error) => {
    const thrown: unknown = await act().then(() => undefined, (reason: unknown) => reason);
    expect(thrown).toBeInstanceOf(WatchError);
    expect(thrown).toMatchObject({ name: 'WatchError', ...error });
  });
});

describe('createEmulator', () => {
  it('leaves nothing behind', async () => {
    const before = leftovers();
    const own = await createEmulator({ notifyDelay: '1ms', personality: 'personal', users: [{ userPrincipalName: 'grace@example.com', displayName: 'Grace Hopper' }] });
    expect(own.user).toMatchObject({ userPrincipalName: 'grace@example.com', displayName: 'Grace Hopper' });
    await own.createFolder('/Empty');
    await own.write('/Reports/a.bin', new Uint8Array([1, 2, 3]));
    await own.move('/Reports/a.bin', '/Elsewhere/deep/b.bin');
    expect(readdirSync(join(own.folder, 'Elsewhere/deep'))).toEqual(['b.bin']);
    await own.remove('/Elsewhere');
    expect(readdirSync(own.folder).sort()).toEqual(['Empty', 'Reports']);
    await expect(own.write('/../outside.txt', 'x')).rejects.toMatchObject({ category: 'usage' });
    await own.stop();
    await own[Symbol.asyncDispose]();
    expect(leftovers()).toEqual(before);
  });

  function leftovers(): string[] {
    return readdirSync(tmpdir()).filter((name) => name.startsWith('graph-watch-emulator-'));
  }

  it('does not delete a folder that it was given', async () => {
    const folder = mkdtempSync(join(place, 'own-'));
    const own = await createEmulator({ folder, drives: 2 });
    await own.write('/kept.txt', 'x');
    expect(own.extraDriveIds).toHaveLength(2);
    await own.stop();
    expect(readdirSync(folder)).toEqual(['kept.txt']);
  });
});

/** The environment for a command line that watches the emulator. */
function commandLine(configFolder: string): Record<string, string> {
  return { GRAPH_WATCH_TOKEN: emulator.issueToken(), GRAPH_WATCH_CLOUD: 'emulator', GRAPH_WATCH_CONFIG_DIR: configFolder };
}

/** Lets a command line with this configuration folder find the emulator. */
function writeEmulatorFile(folder: string): string {
  mkdirSync(join(folder, 'emulator'), { recursive: true });
  writeFileSync(join(folder, 'emulator', 'emulator.json'), JSON.stringify({ graphUrl: emulator.graphUrl, login: emulator.graphUrl, caFile: emulator.caFile }));
  return folder;
}
