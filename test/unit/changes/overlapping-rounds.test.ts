import { expect, it } from '@jest/globals';
import { fixedPace } from '../../../src/changes/poll-schedule.ts';
import { changes } from '../../../src/changes/changes.ts';
import type { WatchEvent } from '../../../src/events.ts';
import { retryDelay } from '../../../src/retry-policy.ts';
import { startChanges } from '../../support/changes-script.ts';
import { memoryPositions, type Disk } from '../../support/memory-positions.ts';
import { ModelDrive } from '../../support/model-drive.ts';
import { settle, steppedClock } from '../../support/stepped-clock.ts';

it('reports the deletion of an item that a killed run reported while an earlier round waited for its action', async () => {
  const clock = steppedClock();
  const drive = new ModelDrive(clock.now, {});
  const folder = drive.seed('Reports', 'root', true);
  const disk: Disk = { lines: [] };
  const options = { target: 'me', source: drive, clock, index: 'first', withNotifications: false, trigger: { pace: () => fixedPace(1_000) }, onProgress: () => undefined } as const;
  const killed = new AbortController();
  const stream = changes({ ...options, positions: memoryPositions(disk, 100), signal: killed.signal, retryDelay: (trouble) => retryDelay(trouble, () => 1) });
  const reported: string[] = [];
  const commits: (() => Promise<void>)[] = [];
  const take = (event: WatchEvent): void => {
    if (event.type === 'checkpoint') commits.push(event.commit);
    else if (event.type === 'change') reported.push(`${event.change} ${event.item.path ?? ''}`);
  };
  const reading = (async () => {
    for await (const event of stream.events) take(event);
  })();
  await settle();
  drive.create('a', folder, false);
  await clock.advance(1_000);
  const b = drive.create('b', folder, false)!;
  await clock.advance(1_000);
  expect(reported).toEqual(['created /Reports/a', 'created /Reports/b']);
  // The action has finished the first change and is at the second when the process is killed.
  await commits[0]!();
  const left = [...disk.lines];
  killed.abort();
  await reading;

  drive.remove(b);
  const script = await startChanges({ ...options, positions: memoryPositions({ lines: left }, 100) });
  await clock.advance(1_000);
  expect(script.history().filter((line) => line !== 'ready')).toEqual(['deleted /Reports/b']);
  await script.stop();
});
