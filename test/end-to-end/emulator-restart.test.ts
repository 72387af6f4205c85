import { appendFile, cp, mkdir, mkdtemp, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { EmulatorOptions } from '../../src/emulator/start.ts';
import { runEmulator } from '../unit/emulator/support/running-emulator.ts';
import type { Answer, RunningEmulator } from '../unit/emulator/support/running-emulator.ts';
import { steppedClock } from '../unit/emulator/support/stepped-clock.ts';
import type { SteppedClock } from '../unit/emulator/support/stepped-clock.ts';

const CLIENT = '14d82eec-204b-4c2f-b7e8-296a70dab67e';
const DAY_MS = 24 * 3600_000;

let place: string;
let clock: SteppedClock;
const running: RunningEmulator[] = [];
beforeEach(async () => {
  place = await mkdtemp(join(tmpdir(), 'emulator-restart-'));
  clock = steppedClock();
});
afterEach(async () => {
  for (const emulator of running.splice(0)) await emulator.close();
  await rm(place, { recursive: true, force: true });
});

/** Starts one more emulator on the same state folder and drive. Earlier ones keep running: a killed emulator could not clean up either. */
const start = async (options: Partial<EmulatorOptions> = {}): Promise<RunningEmulator> => {
  const started = await runEmulator({ clock, folder: join(place, 'drive'), stateFolder: join(place, 'state'), ...options });
  running.push(started);
  return started;
};

const signIn = async (emulator: RunningEmulator, user?: string): Promise<string> => {
  const code = await emulator.form('/common/oauth2/v2.0/devicecode', { client_id: CLIENT, scope: 'openid offline_access Files.Read' });
  emulator.emulator.admin.approveDevice(code.string('user_code'), user);
  const token = await emulator.form('/common/oauth2/v2.0/token', { grant_type: 'device_code', client_id: CLIENT, device_code: code.string('device_code'), client_info: '1' });
  return token.string('refresh_token');
};
const refresh = (emulator: RunningEmulator, token: string): Promise<Answer> =>
  emulator.form('/common/oauth2/v2.0/token', { grant_type: 'refresh_token', client_id: CLIENT, refresh_token: token, client_info: '1' });

describe('stored sign-ins', () => {
  const file = (): string => join(place, 'state', 'sign-ins.json');

  it('are still valid after a restart, for the same user', async () => {
    const first = await start();
    const token = await signIn(first, 'mary@example.net');
    const second = await start();
    const again = await refresh(second, token);
    expect(again.status).toBe(200);
    const me = await second.send('/v1.0/me/drive', { headers: { authorization: `Bearer ${again.string('access_token')}` } });
    expect(me.string('owner', 'user', 'email')).toBe('mary@example.net');
    expect((await refresh(await start(), again.string('refresh_token'))).status).toBe(200);
  });

  it('are in a file that only its owner can read, and not in plain text', async () => {
    const token = await signIn(await start());
    expect((await stat(file())).mode & 0o777).toBe(0o600);
    expect(await readFile(file(), 'utf8')).not.toContain(token.slice(-20));
  });

  it('stay revoked or used up after a restart', async () => {
    const first = await start({ singleUseRefreshTokens: true });
    const [used, other] = [await signIn(first), await signIn(first)];
    const next = (await refresh(first, used)).string('refresh_token');
    const second = await start({ singleUseRefreshTokens: true });
    expect((await refresh(second, used)).at('error_codes')).toEqual([9002313]);
    expect((await refresh(second, next)).status).toBe(200);
    await second.admin('revoke');
    expect((await refresh(await start(), other)).at('error_codes')).toEqual([9002313]);
  });

  it('are dropped when they have expired', async () => {
    const token = await signIn(await start());
    clock.step(91 * DAY_MS);
    const second = await start();
    expect((await refresh(second, token)).json.error).toBe('invalid_grant');
    await signIn(second);
    expect(JSON.parse(await readFile(file(), 'utf8'))).toMatchObject({ refreshTokens: [{ userPrincipalName: 'ada@example.com' }] });
  });

  it('of a business account are not valid for a personal one', async () => {
    const token = await signIn(await start());
    expect((await refresh(await start({ personality: 'personal' }), token)).json.error).toBe('invalid_grant');
  });

  it.each(['', '{"refreshTokens":[{"digest":1}]}', 'null', '{"refreshTokens":[{'])('are dropped, and a damaged file is set aside: %s', async (content) => {
    const token = await signIn(await start());
    await writeFile(file(), content);
    const remarks: string[] = [];
    const second = await start({ log: (line) => remarks.push(line) });
    expect((await refresh(second, token)).json.error).toBe('invalid_grant');
    expect(remarks.join()).toContain('damaged');
    expect(await readFile(`${file()}.damaged`, 'utf8')).toBe(content);
    const anew = await signIn(second);
    expect((await refresh(await start(), anew)).status).toBe(200);
  });

  it('of two emulators that share a state folder are all kept', async () => {
    const [one, other] = [await start(), await start()];
    const tokens = [await signIn(one), await signIn(other), await signIn(one)];
    const next = await start();
    for (const token of tokens) expect((await refresh(next, token)).status).toBe(200);
  });
});

describe('a drive after a restart', () => {
  const DELTA = '/v1.0/me/drive/root/delta';
  const at = (path: string): string => join(place, 'drive', path);
  let first: RunningEmulator;
  beforeEach(async () => {
    await mkdir(at('folder'), { recursive: true });
    for (const path of ['same.txt', 'edited.txt', 'folder/moved.txt', 'saved.txt', 'gone.txt']) await writeFile(at(path), path);
    first = await start();
  });

  /** Saves as an editor does: a new file takes the old one's name. It is written outside the drive: an emulator that saw the draft would take it for another item. */
  const save = async (path: string, content: string): Promise<void> => {
    const draft = at('../draft');
    await writeFile(draft, content);
    await rename(draft, at(path));
  };
  /** Everything in the drive: eTags by id, and by name the ids. */
  const everything = async (emulator: RunningEmulator): Promise<{ tags: Map<unknown, unknown>; ids: Map<unknown, unknown> }> => {
    const items = (await emulator.graph(DELTA)).items();
    return { tags: new Map(items.map(({ id, eTag }) => [id, eTag])), ids: new Map(items.map(({ name, id }) => [name, id])) };
  };
  /** The state folder as `kill -9` leaves it, without the emulator. */
  const kill = async (emulator: RunningEmulator): Promise<string> => {
    const left = join(place, `state-${running.length}`);
    await cp(join(place, 'state'), left, { recursive: true });
    await emulator.close();
    running.splice(running.indexOf(emulator), 1);
    return left;
  };
  const treeFile = async (stateFolder: string): Promise<string> => {
    const [name] = await readdir(join(stateFolder, 'drives'));
    return join(stateFolder, 'drives', name!);
  };

  it('has the same ids and eTags if nothing changed meanwhile, whatever happened before', async () => {
    await writeFile(at('edited.txt'), 'edited');
    await rename(at('folder/moved.txt'), at('moved.txt'));
    await save('saved.txt', 'saved by an editor');
    await rm(at('gone.txt'));
    await first.emulator.admin.rescan();
    const before = await everything(first);
    const second = await start({ stateFolder: await kill(first) });
    expect(await everything(second)).toEqual(before);
    expect(second.emulator.drive.id).toBe(first.emulator.drive.id);
  });

  it('has new eTags for what changed meanwhile, under the same ids', async () => {
    const before = await everything(first);
    const stateFolder = await kill(first);
    await writeFile(at('edited.txt'), 'edited');
    await rename(at('folder/moved.txt'), at('moved.txt'));
    await save('saved.txt', 'saved by an editor');
    await rm(at('gone.txt'));
    await writeFile(at('new.txt'), 'new');
    const after = await everything(await start({ stateFolder }));
    const changed = [...after.ids].filter(([, id]) => before.tags.get(id) !== after.tags.get(id)).map(([name]) => name);
    expect(changed.sort()).toEqual(['edited.txt', 'moved.txt', 'new.txt', 'saved.txt']);
    for (const name of ['edited.txt', 'moved.txt', 'saved.txt']) expect(after.ids.get(name)).toBe(before.ids.get(name));
    expect(after.tags.has(before.ids.get('gone.txt'))).toBe(false);
  });

  it.each(['query', 'function'] as const)('answers an earlier deltaLink with 410: %s', async (linkForm) => {
    await first.admin('quirks', { linkForm });
    const link = (await first.graph(`${DELTA}?token=latest`)).string('@odata.deltaLink');
    const stateFolder = await kill(first);
    await writeFile(at('edited.txt'), 'edited');
    const second = await start({ stateFolder });
    const { pathname, search } = new URL(link);
    const answer = await second.graph(`${pathname}${search}`);
    expect([answer.status, answer.at('error', 'code')]).toEqual([410, 'resyncRequired']);
    expect((await second.graph(String(answer.headers.location))).items()).toHaveLength(7);
  });

  it('loses at most the line that was being written', async () => {
    const before = await everything(first);
    const stateFolder = await kill(first);
    await appendFile(await treeFile(stateFolder), '{"id":"0');
    expect(await everything(await start({ stateFolder }))).toEqual(before);
  });

  it.each(['', '{}\n', 'nonsense\n', '{"format":1}\n{"id":1}\n'])('has new eTags if its file is damaged: %j', async (content) => {
    const before = await everything(first);
    const stateFolder = await kill(first);
    const file = await treeFile(stateFolder);
    await writeFile(file, content);
    const remarks: string[] = [];
    const after = await everything(await start({ stateFolder, log: (line) => remarks.push(line) }));
    expect(after.ids).toEqual(before.ids);
    for (const [name, id] of after.ids) if (name !== 'root') expect(after.tags.get(id)).not.toBe(before.tags.get(id));
    expect(remarks.join()).toContain('damaged');
    expect(await readFile(`${file}.damaged`, 'utf8')).toBe(content);
  });

  it('can be served by two emulators at once, and then by a third', async () => {
    const second = await start();
    for (const content of ['one', 'two', 'three']) {
      await save('saved.txt', content);
      await Promise.all([first.emulator.admin.rescan(), second.emulator.admin.rescan()]);
    }
    expect((await everything(second)).ids).toEqual((await everything(first)).ids);
    expect((await everything(await start())).ids).toEqual((await everything(first)).ids);
  });

  it('keeps its file readable only by its owner', async () => {
    await writeFile(at('edited.txt'), 'edited');
    await first.emulator.admin.rescan();
    expect((await stat(await treeFile(join(place, 'state')))).mode & 0o777).toBe(0o600);
  });
});
