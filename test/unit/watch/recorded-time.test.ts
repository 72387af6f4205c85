import { expect, it } from '@jest/globals';
import { RecordedTime } from '../../../src/watch/recorded-time.ts';
import { steppedClock } from '../../support/stepped-clock.ts';

const RECORDED = Date.UTC(2020, 0, 1);

function start(speed?: number) {
  const clock = steppedClock();
  const waits: number[] = [];
  const time = new RecordedTime({ clock, speed, onLongWait: (ms) => { waits.push(ms); } });
  return { clock, waits, time, reach: (second: number) => time.reach(RECORDED + second * 1_000, new AbortController().signal), seconds: () => (time.now - RECORDED) / 1_000 };
}

it('recorded time is the real time before the first event, and without a speed that of the latest event', async () => {
  const { clock, time, reach, seconds } = start();
  expect([time.now, time.rate]).toEqual([clock.now(), 1]);
  await reach(0);
  await clock.advance(5_000);
  expect([seconds(), time.rate]).toEqual([0, 0]);
  await reach(3_600);
  expect([seconds(), clock.sleeps.filter((ms) => ms > 0)]).toEqual([3_600, []]);
});

it('recorded time passes at the given speed, up to the awaited event, and stops at the end', async () => {
  const { clock, waits, time, reach, seconds } = start(10);
  await clock.advance(60_000);
  await reach(0);
  const next = reach(20);
  expect([seconds(), time.rate]).toEqual([0, 10]);
  await clock.advance(1_500);
  expect(seconds()).toBe(15);
  await clock.advance(500);
  await next;
  await clock.advance(5_000);
  expect([seconds(), time.ended]).toEqual([20, false]);
  time.end();
  expect([seconds(), time.rate, time.ended, waits]).toEqual([20, 0, true, []]);
});

it('recorded time goes back without a wait if the recorded clock was set back; long waits are reported', async () => {
  const { waits, reach, seconds } = start(1);
  await reach(20);
  await reach(5);
  expect(seconds()).toBe(5);
  void reach(125);
  expect(waits).toEqual([120_000]);
});
