import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { emulatedDrive, type EmulatedDrive } from '../support/emulated-watch.ts';

// What a watch leaves behind that ends while its action still has work.

let drive: EmulatedDrive;
beforeEach(async () => {
  drive = await emulatedDrive();
});
afterEach(async () => {
  await drive.close();
});

/** A command that notes the path of its event, and then does this. */
function noting(then: string): string[] {
  return ['--', 'sh', '-c', `echo "$GRAPH_WATCH_EVENT_PATH" >> "$0"; ${then}`, join(drive.place, 'out')];
}
const noted = (): string[] => readFileSync(join(drive.place, 'out'), 'utf8').split('\n').slice(0, -1);

/** What a command does that is busy until it is told to go on. */
const untilTold = 'echo busy >&2; until [ -e "$0.told" ]; do sleep 0.02; done;';
const tell = (): void => { writeFileSync(join(drive.place, 'out.told'), ''); };

/** Three changes that the next run with --resume meets in one round. */
async function threeChanges(): Promise<void> {
  const first = await drive.watch(['--changes', '--resume']);
  first.raise('SIGINT');
  await first.done;
  for (const name of ['a', 'b', 'c']) drive.write(name, name);
  await drive.running.emulator.admin.rescan();
}

describe('--resume after an end in the middle of a round', () => {
  it('acts again only on what was not finished, after --fail-fast', async () => {
    await threeChanges();
    const strict = await drive.watch(['--changes', '--resume', '--fail-fast', ...noting('[ $GRAPH_WATCH_EVENT_PATH != /c ]')]);
    expect(await strict.done).toBe(6);
    const next = await drive.watch(['--changes', '--resume', '-n', '1', ...noting('true')]);
    expect(await next.done).toBe(0);
    expect(noted()).toEqual(['/a', '/b', '/c', '/c']);
  });

  it.each([
    ['that ended the command too', 'exit 1', ['/a', '/b', '/b', '/c']],
    ['for which the command took its time', 'exit 0', ['/a', '/b', '/c']],
  ])('acts again only on what was not finished, after a Ctrl-C %s', async (_name, end, wanted) => {
    await threeChanges();
    const interrupted = await drive.watch(['--changes', '--resume', ...noting(`[ $GRAPH_WATCH_EVENT_PATH != /b ] || { ${untilTold} ${end}; }`)]);
    await interrupted.stderr.until('busy');
    interrupted.raise('SIGINT');
    tell();
    expect(await interrupted.done).toBe(130);
    const next = await drive.watch(['--changes', '--resume', '-n', `${wanted.length - 2}`, ...noting('true')]);
    expect(await next.done).toBe(0);
    expect(noted()).toEqual(wanted);
  });
});
