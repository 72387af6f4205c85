import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { emulatedDrive, type EmulatedDrive } from '../support/emulated-watch.ts';
import { impatientClock } from '../support/impatient-clock.ts';
import { settle } from '../support/stepped-clock.ts';

// What a watch leaves behind if it ends while its action still has work to do.

let drive: EmulatedDrive;
beforeEach(async () => {
  drive = await emulatedDrive();
});
afterEach(async () => {
  await drive.close();
});

/** A command that logs its event's path, and then does this. */
function noting(then: string): string[] {
  return ['--', 'sh', '-c', `echo "$GRAPH_WATCH_EVENT_PATH" >> "$0"; ${then}`, join(drive.place, 'out')];
}
const noted = (): string[] => readFileSync(join(drive.place, 'out'), 'utf8').split('\n').slice(0, -1);

/** A command that stays busy, whatever signal it gets, until a file tells it to continue. */
const untilTold = 'trap "" INT TERM; echo busy >&2; until [ -e "$0.told" ]; do sleep 0.02; done;';
const tell = (): void => { writeFileSync(join(drive.place, 'out.told'), ''); };

/** Makes three changes that the next run with --resume gets in one round. */
async function threeChanges(): Promise<void> {
  const first = await drive.watch(['--changes', '--resume']);
  first.raise('SIGINT');
  await first.done;
  for (const name of ['a', 'b', 'c']) drive.write(name, name);
  await drive.running.emulator.admin.rescan();
}

describe('--resume after a run that ended in the middle of a round', () => {
  it('repeats only the actions that were not finished, after --fail-fast', async () => {
    await threeChanges();
    const strict = await drive.watch(['--changes', '--resume', '--fail-fast', ...noting('[ $GRAPH_WATCH_EVENT_PATH != /c ]')]);
    expect(await strict.done).toBe(6);
    const next = await drive.watch(['--changes', '--resume', '-n', '1', ...noting('true')]);
    expect(await next.done).toBe(0);
    expect(noted()).toEqual(['/a', '/b', '/c', '/c']);
  });

  it.each([
    ['that also ended the command', 'exit 1', ['/a', '/b', '/b', '/c']],
    ['that the command survived until it was done', 'exit 0', ['/a', '/b', '/c']],
  ])('repeats only the actions that were not finished, after a Ctrl-C %s', async (_name, end, wanted) => {
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

describe('an action that is still running when --count is reached', () => {
  it('may run until --timeout; then it is ended and reported, and the exit code is 124', async () => {
    const clock = impatientClock();
    const watch = await drive.watch(['--lifecycle', '-n', '1', '-t', '1h', ...noting('echo busy >&2; exec sleep 600')], { clock });
    drive.write('a', 'a');
    await watch.stderr.until('busy');
    await clock.skip(3_600_000);
    await settle();
    await clock.skip(2_000);
    expect(await watch.done).toBe(124);
    expect(watch.stderr.text).toContain('warning: 1 event was not processed\n');
    expect(watch.records.at(-1)).toMatchObject({ type: 'end', reason: expect.stringMatching(/^timed out after \w+$/) });
  });

  it.each([['SIGINT', 130], ['SIGTERM', 143]] as const)('makes the exit code that of an interruption if %s ended it', async (name, code) => {
    const watch = await drive.watch(['-n', '1', ...noting(`${untilTold} exit 1`)]);
    drive.write('a', 'a');
    await watch.stderr.until('busy');
    watch.raise(name);
    tell();
    expect(await watch.done).toBe(code);
    expect(watch.stderr.text).toContain('warning: 1 event was not processed\n');
  });

  it('leaves the exit code at 0 if it finishes despite a signal', async () => {
    const watch = await drive.watch(['-n', '1', ...noting(`${untilTold} exit 0`)]);
    drive.write('a', 'a');
    await watch.stderr.until('busy');
    watch.raise('SIGINT');
    tell();
    expect(await watch.done).toBe(0);
    expect(watch.stderr.text).not.toContain('not processed');
  });
});

describe('an action that is still running at --timeout', () => {
  it('is reported, and the exit code is 124 although there were events', async () => {
    const clock = impatientClock();
    const watch = await drive.watch(['-t', '1h', ...noting(`${untilTold} exit 1`)], { clock });
    drive.write('a', 'a');
    await watch.stderr.until('busy');
    await clock.skip(3_600_000);
    tell();
    expect(await watch.done).toBe(124);
    expect(watch.stderr.text).toContain('warning: 1 event was not processed\n');
  });
});
