import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, utimesSync, watch, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { realClock } from '../../src/emulator/clock.ts';
import { describeClient, isInDebian, outputOf, runClient } from './support/client.ts';
import { runForFixedHosts } from './support/fixed-hosts.ts';
import type { FixedHosts } from './support/fixed-hosts.ts';

/** Where libcurl looks for certificates, regardless of the environment. */
const SYSTEM_CERTIFICATES = '/etc/ssl/certs/ca-certificates.crt';

/** Whether a single program can be made to see another file there. */
const hasNamespaces = (): boolean => existsSync(SYSTEM_CERTIFICATES) && spawnSync('unshare', ['--map-root-user', '--mount', 'true']).status === 0;

const isInstalled = isInDebian('onedrive');

describeClient('onedrive', isInstalled && hasNamespaces(), () => {
  describe.each(['business', 'personal'] as const)('with a %s drive', (personality) => {
    let running: FixedHosts;
    let place: string;
    /** How far the emulator's clock is ahead. */
    let aheadMs: number;
    beforeEach(() => {
      aheadMs = 0;
      place = mkdtempSync(join(tmpdir(), 'onedrive-'));
      mkdirSync(join(place, 'config'));
      mkdirSync(join(place, 'local'));
      writeFileSync(join(place, 'config/config'), `sync_dir = "${join(place, 'local')}"\n`);
    });
    beforeEach(async () => {
      running = await runForFixedHosts({ personality, clock: { now: () => Date.now() + aheadMs, after: (ms, run) => realClock.after(ms, run) } });
    });
    afterEach(async () => {
      await running.close();
      rmSync(place, { recursive: true, force: true });
    });

    const local = (path: string): string => join(place, 'local', path);
    const remote = (path: string): string => join(running.folder, path);

    const onedrive = async (...args: string[]): Promise<string> => {
      const inside = `mount --bind "$SSL_CERT_FILE" ${SYSTEM_CERTIFICATES} && exec onedrive --confdir "$HOME/config" "$@"`;
      return outputOf(await runClient('unshare', ['--map-root-user', '--mount', 'sh', '-c', inside, 'onedrive', ...args], { HOME: place, ...running.env }));
    };

    /** Signs in through files: the program writes the address to open, and waits for the address at which the browser ends up. */
    const signInAndSync = async (): Promise<string> => {
      const [asks, answers] = [join(place, 'address'), join(place, 'answer')];
      const asked = new Promise<void>((resolve) => {
        const watcher = watch(place, () => {
          if (!existsSync(asks) || readFileSync(asks, 'utf8') === '') return;
          watcher.close();
          resolve();
        });
      });
      const answered = asked.then(async () => {
        // Renamed into place: the program reads it as soon as it is there.
        writeFileSync(`${answers}.draft`, await running.browse(readFileSync(asks, 'utf8').trim()));
        renameSync(`${answers}.draft`, answers);
      });
      const [output] = await Promise.all([onedrive('--auth-files', `${asks}:${answers}`, '--synchronize'), answered]);
      return output;
    };
    const sync = async (): Promise<string> => {
      await running.emulator.admin.rescan();
      return onedrive('--synchronize');
    };

    it('signs in and downloads, then uploads new and changed files, large ones in a session, and deletes', async () => {
      mkdirSync(remote('Reports/2026'), { recursive: true });
      writeFileSync(remote('Reports/2026/a b.txt'), 'a report');
      writeFileSync(remote('notes.txt'), 'notes');
      await running.emulator.admin.rescan();
      await signInAndSync();
      expect(readFileSync(local('Reports/2026/a b.txt'), 'utf8')).toBe('a report');
      expect(readFileSync(local('notes.txt'), 'utf8')).toBe('notes');

      const large = randomBytes(9 * 2 ** 20);
      mkdirSync(local('new'));
      writeFileSync(local('new/large.bin'), large);
      writeFileSync(local('notes.txt'), 'other notes');
      // The program compares times in whole seconds before it looks at the content.
      utimesSync(local('notes.txt'), 1_700_000_000, 1_700_000_000);
      rmSync(local('Reports/2026/a b.txt'));
      await sync();
      expect(readFileSync(remote('new/large.bin')).equals(large)).toBe(true);
      expect(readFileSync(remote('notes.txt'), 'utf8')).toBe('other notes');
      expect(existsSync(remote('Reports/2026/a b.txt'))).toBe(false);
      expect(existsSync(remote('Reports/2026'))).toBe(true);
    });

    it('follows a folder\'s rename although something else in it changed in the same round, and loses nothing', async () => {
      mkdirSync(remote('before/below'), { recursive: true });
      writeFileSync(remote('before/below/old.txt'), 'old');
      await running.emulator.admin.rescan();
      await signInAndSync();
      // The program tells states of a folder apart by their times, in whole seconds.
      aheadMs = 2_000;
      renameSync(remote('before'), remote('after'));
      writeFileSync(remote('after/below/new.txt'), 'new');
      await sync();
      expect(existsSync(local('before'))).toBe(false);
      for (const side of [local, remote]) {
        expect(readFileSync(side('after/below/old.txt'), 'utf8')).toBe('old');
        expect(readFileSync(side('after/below/new.txt'), 'utf8')).toBe('new');
      }
    });

    it('reads delta over pages', async () => {
      await running.close();
      running = await runForFixedHosts({ personality, pageSize: 2 });
      for (const name of ['a', 'b', 'c']) {
        mkdirSync(remote(`${name}/deep`), { recursive: true });
        writeFileSync(remote(`${name}/deep/file.txt`), name);
      }
      await running.emulator.admin.rescan();
      await signInAndSync();
      for (const name of ['a', 'b', 'c']) expect(readFileSync(local(`${name}/deep/file.txt`), 'utf8')).toBe(name);
    });
  });
}, isInstalled ? 'no mount namespaces on this machine' : undefined);
