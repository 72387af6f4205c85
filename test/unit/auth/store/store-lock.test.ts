import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { withLock } from '../../../../src/auth/store/store-lock.ts';
import { realClock } from '../../../../src/surroundings.ts';
import { bundle, type Bundle } from '../bundle.ts';
import { sleepLog } from '../support.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'graph-watch-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});
const lockPath = () => join(folder, 'sign-ins.lock');

describe('the lock', () => {
  it('is held during the work and released after it', async () => {
    expect(await withLock(folder, { clock: sleepLog() }, (stillHeld) => Promise.resolve([existsSync(lockPath()), stillHeld()]))).toEqual([true, true]);
    expect(existsSync(lockPath())).toBe(false);
  });

  it('is released after work that fails', async () => {
    await expect(withLock(folder, { clock: sleepLog() }, () => Promise.reject(new Error('broken')))).rejects.toThrow('broken');
    expect(existsSync(lockPath())).toBe(false);
  });

  it('serializes work, even within one process', async () => {
    const order: string[] = [];
    const work = (name: string) => withLock(folder, { clock: realClock }, async () => {
      order.push(`${name} begins`);
      await new Promise((resolve) => setImmediate(resolve));
      order.push(`${name} ends`);
    });
    await Promise.all([work('a'), work('b'), work('c')]);
    expect(order.filter((_, index) => index % 2 === 0).map((entry) => entry[0])).toEqual(order.filter((_, index) => index % 2 === 1).map((entry) => entry[0]));
  });

  it('is taken from a holder that has been dead for a while', async () => {
    mkdirSync(lockPath());
    const dead = new Date(Date.now() - 6_000);
    utimesSync(lockPath(), dead, dead);
    expect(await withLock(folder, { clock: sleepLog() }, () => Promise.resolve('mine'))).toBe('mine');
  });

  it('is given up after two minutes, with an error that a retry may solve', async () => {
    mkdirSync(lockPath());
    const clock = sleepLog();
    // A holder that is alive.
    clock.onSleep = () => { utimesSync(lockPath(), new Date(), new Date()); };
    await expect(withLock(folder, { clock }, () => Promise.resolve())).rejects.toMatchObject({ category: 'network' });
    expect(clock.sleeps.reduce((sum, ms) => sum + ms, 0)).toBe(120_000);
  });

  it('is waited for indefinitely if the work cannot be repeated', async () => {
    mkdirSync(lockPath());
    const clock = sleepLog();
    clock.onSleep = () => {
      if (clock.sleeps.length < 3_000) utimesSync(lockPath(), new Date(), new Date());
      else rmSync(lockPath(), { recursive: true, force: true });
    };
    expect(await withLock(folder, { clock, patient: true }, () => Promise.resolve('mine'))).toBe('mine');
  });

  it.each([['a day', 86_400_000], ['a minute', 60_000], ['ten years', 315_360_000_000]])('dated %s in the future is taken over once its time no longer changes, and the wait is reported', async (_name, ahead) => {
    mkdirSync(lockPath());
    const future = new Date(Date.now() + ahead);
    utimesSync(lockPath(), future, future);
    const clock = sleepLog();
    const said: number[] = [];
    const slept = (): number => clock.sleeps.reduce((sum, ms) => sum + ms, 0);
    expect(await withLock(folder, { clock, onWaiting: () => said.push(slept()) }, () => Promise.resolve('mine'))).toBe('mine');
    expect(said).toEqual([1_000]);
    expect(slept()).toBeLessThan(6_000);
  });

  it('is left to a live holder, even if its clock is ahead', async () => {
    mkdirSync(lockPath());
    const clock = sleepLog();
    let ahead = 60_000;
    clock.onSleep = () => {
      const future = new Date(Date.now() + (ahead += 50));
      utimesSync(lockPath(), future, future);
    };
    await expect(withLock(folder, { clock }, () => Promise.resolve())).rejects.toMatchObject({ category: 'network' });
  });

  it('is no longer waited for once aborted', async () => {
    mkdirSync(lockPath());
    const abort = new AbortController();
    const reason = new Error('Ctrl-C');
    const clock = sleepLog();
    clock.onSleep = () => { abort.abort(reason); };
    await expect(withLock(folder, { clock, signal: abort.signal }, () => Promise.resolve())).rejects.toBe(reason);
  });

  it('reports that it was lost, and leaves the new holder\'s lock alone', async () => {
    await withLock(folder, { clock: realClock }, async (stillHeld) => {
      // Another process considered this one dead, as after a long sleep of the machine.
      rmSync(lockPath(), { recursive: true });
      mkdirSync(lockPath());
      utimesSync(lockPath(), new Date(0), new Date(0));
      while (stillHeld()) await realClock.sleep(20);
    });
    expect(existsSync(lockPath())).toBe(true);
  });

  it('is an error if its folder is a file', async () => {
    const file = join(folder, 'file');
    writeFileSync(file, '');
    await expect(withLock(file, { clock: sleepLog() }, () => Promise.resolve())).rejects.toMatchObject({ category: 'auth', code: 'ENOTDIR' });
  });
});

describe('several processes', () => {
  let child: Bundle;
  beforeAll(async () => {
    child = await bundle(`
      import { existsSync } from 'node:fs';
      import { TokenStore } from '../../../src/auth/store/token-store.ts';
      import { withLock } from '../../../src/auth/store/store-lock.ts';
      import { realClock } from '../../../src/surroundings.ts';
      const [role, configFolder, name] = process.argv.slice(2);
      const missing = () => Promise.reject(new Error('no keyring'));
      const store = new TokenStore({
        configFolder, clock: realClock, redactor: { add() {}, redact: (text) => text }, warn() {}, vault: { get: missing, set: missing, delete: missing },
      });
      if (role === 'hold') {
        await withLock(configFolder, { clock: realClock }, () => new Promise(() => { process.stdout.write('held'); setInterval(() => {}, 1000); }));
      } else if (role === 'names') {
        process.stdout.write(JSON.stringify((await store.list()).signIns.map(({ username }) => username).sort()));
      } else {
        process.stdout.write('ready');
        // All begin together, or nothing is tested.
        while (!existsSync(configFolder + '/go')) await realClock.sleep(5);
        for (let n = 0; n < 5; n += 1) {
          await store.exclusively(async ({ content, write }) => {
            // The longest part of a refresh is the wait for the service.
            await realClock.sleep(2);
            const username = name + n;
            await write({ cache: content.cache, signIns: [...content.signIns, { homeAccountId: username, environment: '', username, tenantId: '',
              clientId: '', authority: '', cloud: 'global', scopes: [], signedInAt: 1 }] });
          });
        }
      }
    `);
  });
  afterAll(() => {
    child.remove();
  });
  const running: ChildProcess[] = [];
  afterEach(() => {
    for (const one of running.splice(0)) one.kill('SIGKILL');
  });
  const start = (...args: string[]) => {
    const started = spawn(process.execPath, [child.path, ...args], { stdio: ['ignore', 'pipe', 'inherit'] });
    running.push(started);
    return started;
  };

  it('lose nothing of each other\'s work', async () => {
    const workers = ['a', 'b', 'c'].map((name) => start('write', folder, name));
    const ends = workers.map((worker) => once(worker, 'exit'));
    await Promise.all(workers.map((worker) => once(worker.stdout, 'data')));
    writeFileSync(join(folder, 'go'), '');
    expect((await Promise.all(ends)).map(([code]) => code as number)).toEqual([0, 0, 0]);
    const reader = start('names', folder);
    const [text] = await once(reader.stdout.setEncoding('utf8'), 'data') as [string];
    expect(JSON.parse(text)).toEqual(['a', 'b', 'c'].flatMap((name) => [0, 1, 2, 3, 4].map((n) => `${name}${n}`)));
    expect(readFileSync(join(folder, 'sign-ins-key'), 'utf8')).toHaveLength(43);
  });

  it('are not blocked for long by one that was killed', async () => {
    const holder = start('hold', folder);
    await once(holder.stdout, 'data');
    const end = once(holder, 'exit');
    holder.kill('SIGKILL');
    await end;
    expect(existsSync(lockPath())).toBe(true);
    const sixSecondsAgo = new Date(Date.now() - 6_000);
    utimesSync(lockPath(), sixSecondsAgo, sixSecondsAgo);
    expect(await withLock(folder, { clock: sleepLog() }, () => Promise.resolve('mine'))).toBe('mine');
  });
});
