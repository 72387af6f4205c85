import { randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { converse, describeClient, isInDebian, outputOf, runClient } from './support/client.ts';
import { runForFixedHosts } from './support/fixed-hosts.ts';
import type { FixedHosts } from './support/fixed-hosts.ts';

describeClient('rclone', isInDebian('rclone'), () => {
  describe.each(['business', 'personal'] as const)('with a %s drive', (personality) => {
    let running: FixedHosts;
    let place: string;
    beforeEach(async () => {
      place = mkdtempSync(join(tmpdir(), 'rclone-'));
      running = await runForFixedHosts({ personality });
      writeConfig(await signIn());
    });
    afterEach(async () => {
      await running.close();
      rmSync(place, { recursive: true, force: true });
    });

    const config = (): string => join(place, 'rclone.conf');
    const rclone = async (...args: string[]): Promise<string> => outputOf(await runClient('rclone', ['--config', config(), '--retries', '1', ...args], { HOME: place, ...running.env }));

    /** Signs in as a person does: opens the page that rclone waits for, and is redirected back to rclone. */
    const signIn = async (): Promise<string> => {
      const ended = await converse('rclone', ['authorize', 'onedrive', '--auth-no-open-browser', '--config', config()], {
        env: { HOME: place, ...running.env },
        question: /go to the following link: (\S+)/,
        answer: async ([, link = '']) => {
          const { headers } = await fetch(link, { redirect: 'manual' });
          const back = await running.browse(String(headers.get('location')));
          // rclone stops its server as soon as it has the code, often before its own answer is out. The token below shows whether the code arrived.
          await fetch(back).catch((error: unknown) => {
            // Not `instanceof`: fetch is Node's, and so is its Error, which is not the one of this test.
            if ((error as { cause?: { code?: string } }).cause?.code !== 'UND_ERR_SOCKET') throw error;
          });
        },
      });
      return /(\{"access_token".*\})/.exec(outputOf(ended))?.[1] ?? '';
    };

    /** The token is marked as expired, so that rclone begins with the refresh token. */
    const writeConfig = (token: string): void => {
      const expired = JSON.stringify({ ...(JSON.parse(token) as object), expiry: '2020-01-01T00:00:00Z' });
      writeFileSync(config(), `[drive]\ntype = onedrive\ndrive_id = ${running.emulator.drive.id}\ndrive_type = ${personality}\ntoken = ${expired}\n`);
    };

    it('lists, copies both ways, finds no difference, and shows the quota', async () => {
      mkdirSync(join(running.folder, 'Reports/2026'), { recursive: true });
      writeFileSync(join(running.folder, 'Reports/2026/a b.txt'), 'a report');
      writeFileSync(join(running.folder, 'notes.txt'), 'notes');
      await running.emulator.admin.rescan();
      expect((await rclone('lsf', '-R', 'drive:')).split('\n').sort()).toEqual(['', 'Reports/', 'Reports/2026/', 'Reports/2026/a b.txt', 'notes.txt']);

      await rclone('copy', 'drive:', join(place, 'down'));
      expect(readFileSync(join(place, 'down/Reports/2026/a b.txt'), 'utf8')).toBe('a report');
      await rclone('check', 'drive:', join(place, 'down'));

      // A file too large for one of rclone's requests, so that it needs an upload session; and an empty file, which has none.
      const large = randomBytes(11 * 2 ** 20);
      mkdirSync(join(place, 'up/below'), { recursive: true });
      writeFileSync(join(place, 'up/large.bin'), large);
      writeFileSync(join(place, 'up/below/empty.txt'), '');
      await rclone('copy', join(place, 'up'), 'drive:up');
      expect(readFileSync(join(running.folder, 'up/large.bin')).equals(large)).toBe(true);
      expect(readFileSync(join(running.folder, 'up/below/empty.txt'), 'utf8')).toBe('');
      await rclone('check', join(place, 'up'), 'drive:up');

      const { used, total } = JSON.parse(await rclone('about', '--json', 'drive:')) as { used: number; total: number };
      expect(used).toBe(large.length + 'a report'.length + 'notes'.length);
      expect(total).toBeGreaterThan(used);
    });

    it('notices a difference', async () => {
      mkdirSync(join(place, 'up'));
      writeFileSync(join(place, 'up/a.txt'), 'one');
      await rclone('copy', join(place, 'up'), 'drive:');
      writeFileSync(join(running.folder, 'a.txt'), 'two');
      await running.emulator.admin.rescan();
      await expect(rclone('check', join(place, 'up'), 'drive:')).rejects.toThrow('1 differences found');
    });

    it('moves within the drive, keeping the file\'s time, copies there, and deletes', async () => {
      mkdirSync(join(place, 'up'));
      writeFileSync(join(place, 'up/a.txt'), 'one');
      await rclone('copy', join(place, 'up'), 'drive:');
      const timeOf = async (name: string): Promise<unknown> => (JSON.parse(await rclone('lsjson', `drive:${name}`)) as { ModTime: string }[])[0]?.ModTime;
      const before = await timeOf('a.txt');
      await rclone('moveto', 'drive:a.txt', 'drive:below/b.txt');
      expect(await timeOf('below/b.txt')).toBe(before);
      await rclone('copyto', 'drive:below/b.txt', 'drive:c.txt');
      await rclone('purge', 'drive:below');
      expect(await rclone('lsf', '-R', 'drive:')).toBe('c.txt\n');
      expect(readFileSync(join(running.folder, 'c.txt'), 'utf8')).toBe('one');
    });
  });
});
