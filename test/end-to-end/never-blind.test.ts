import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { BLIND_MS } from '../../src/changes/fallback.ts';
import { emulatedDrive, type EmulatedDrive } from '../support/emulated-watch.ts';
import { impatientClock } from '../support/impatient-clock.ts';

let drive: EmulatedDrive;
beforeEach(async () => {
  drive = await emulatedDrive();
});
afterEach(async () => {
  await drive.close();
});

/** Math.random is 0.001 here, so five seconds become a tenth less. */
const POLL_MS = 4_501;

const FOR_EVER = 1_000_000;

it.each([
  ['a push host that cannot be reached', (): void => { drive.running.emulator.admin.refuseHandshakes(FOR_EVER, 503); }, true],
  ['a proxy that blocks WebSockets', (): void => { drive.running.emulator.admin.refuseHandshakes(FOR_EVER, 403); }, true],
  ['an endpoint that Graph refuses', (): void => { drive.running.emulator.admin.arm({ kind: 'answer', status: 403 }, { count: FOR_EVER, pathPrefix: '/v1.0/me/drive/root/subscriptions' }); }, false],
])('changes are reported although there is no socket: %s', async (_what, hinder, waits) => {
  const clock = impatientClock();
  const ready = join(drive.place, 'ready');
  hinder();
  const minute = waits ? clock.skip(BLIND_MS) : Promise.resolve();
  const watch = await drive.watch(['--changes', '--lifecycle', '--ready-file', ready], { clock });
  await minute;
  expect(watch.records.at(-1)).toMatchObject({ type: 'ready', target: 'me', via: 'poll' });
  expect(watch.stderr.text.match(/polling until connected/g)).toHaveLength(1);
  expect(JSON.parse(readFileSync(ready, 'utf8'))).toMatchObject({ type: 'ready', via: 'poll' });
  drive.write('a.txt', 'one');
  await clock.skip(POLL_MS);
  await watch.stdout.until('/a.txt');
  expect(watch.records.at(-1)).toMatchObject({ type: 'change', change: 'created', via: 'poll', item: { path: '/a.txt' } });
  expect(existsSync(ready)).toBe(true);
});

it('the socket is retried, and polling ends when it is back', async () => {
  const clock = impatientClock();
  const { admin } = drive.running.emulator;
  admin.refuseHandshakes(FOR_EVER, 503);
  const minute = clock.skip(BLIND_MS);
  const watch = await drive.watch(['--changes', '--lifecycle'], { clock });
  await minute;
  admin.refuseHandshakes(0);
  await watch.stderr.until('connected to the push host; no longer polling');
  await watch.stdout.until(/"ready"[^\n]*\n[^]*"ready"/);
  const lifecycle = watch.records.filter(({ type }) => type !== 'change').map(({ type, via }) => [type, via]);
  expect(lifecycle.filter(([type]) => type === 'ready')).toEqual([['ready', 'poll'], ['ready', undefined]]);
  drive.write('b.txt', 'two');
  await watch.stdout.until('/b.txt');
  expect(watch.records.at(-1)).toMatchObject({ type: 'change', item: { path: '/b.txt' } });
  expect(['push', 'catchup']).toContain(watch.records.at(-1)?.via);
  expect(watch.stderr.text).not.toMatch(/token=|svc\.ms/);
});
