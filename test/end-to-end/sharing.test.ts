import { afterEach, describe, expect, it } from '@jest/globals';
import { emulatedDrive, type EmulatedDrive } from '../support/emulated-watch.ts';

let drive: EmulatedDrive;
afterEach(() => drive.close());

describe('--sharing', () => {
  it('reports that an item was shared, which a watch without it does not', async () => {
    drive = await emulatedDrive();
    drive.write('Plans/a.txt', 'a');
    await drive.running.emulator.admin.rescan();
    const watch = await drive.watch(['--sharing', '--index', '--poll', '1s', '--lifecycle', '-n', '1']);
    const plain = await drive.watch(['--index', '--poll', '1s', '--lifecycle', '-n', '1']);
    await drive.running.emulator.admin.share({ path: 'Plans/a.txt' });
    expect(await watch.done).toBe(0);
    expect(watch.records).toMatchObject([{ type: 'ready' }, { type: 'change', change: 'shared', item: { path: '/Plans/a.txt', folder: false } }, { type: 'end' }]);
    drive.write('Plans/b.txt', 'b');
    expect(await plain.done).toBe(0);
    expect(plain.records).toMatchObject([{ type: 'ready' }, { type: 'change', change: 'created' }, { type: 'end' }]);
    expect(watch.stderr.text).not.toContain('no effect');
  });

  it('in pretty form prints each share as a line of its own, also with --change shared', async () => {
    drive = await emulatedDrive();
    drive.write('a.txt', 'a');
    await drive.running.emulator.admin.rescan();
    const watch = await drive.watch(['--sharing', '--change', 'shared', '--poll', '1s', '-n', '1', '-o', 'pretty']);
    drive.write('b.txt', 'b');
    await drive.running.emulator.admin.rescan();
    await drive.running.emulator.admin.share({ path: 'b.txt' });
    expect(await watch.done).toBe(0);
    expect(watch.stdout.text).toMatch(/^\d\d:\d\d:\d\d {2}shared .*\/b\.txt\n$/);
  });

  it('warns that it has no effect on a personal drive', async () => {
    drive = await emulatedDrive({ personality: 'personal' });
    const watch = await drive.watch(['--sharing', '--poll', '1s', '--lifecycle']);
    expect(watch.stderr.text.match(/--sharing has no effect on this personal drive/g)).toHaveLength(1);
  });
});
