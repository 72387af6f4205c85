import { describe, expect, it } from '@jest/globals';
import { watchWaking } from '../../../src/stream/wake.ts';
import { steppedClock } from '../../support/stepped-clock.ts';

function start() {
  const clock = steppedClock();
  const stop = new AbortController();
  const watch = watchWaking(clock, stop.signal);
  const jumps: number[] = [];
  const release = watch.onJump((byMs) => jumps.push(byMs));
  return { clock, stop, watch, jumps, release };
}

describe('a wake watch', () => {
  it('is silent while time passes normally', async () => {
    const { clock, jumps } = start();
    await clock.advance(60_000);
    expect(jumps).toEqual([]);
  });

  it('reports a sleep within two seconds of waking', async () => {
    const { clock, jumps } = start();
    await clock.advance(3_000);
    clock.jump(3_600_000);
    await clock.advance(2_000);
    expect(jumps).toEqual([3_600_000]);
    await clock.advance(60_000);
    expect(jumps).toEqual([3_600_000]);
  });

  it('reports a clock that was set back', async () => {
    const { clock, jumps } = start();
    clock.jump(-60_000);
    await clock.advance(2_000);
    expect(jumps).toEqual([-60_000]);
  });

  it('does not mistake a busy moment for a sleep', async () => {
    const { clock, jumps } = start();
    clock.jump(4_000);
    await clock.advance(2_000);
    clock.jump(-4_000);
    await clock.advance(2_000);
    expect(jumps).toEqual([]);
  });

  it('calls any number of listeners, each until it is released', async () => {
    const { clock, watch, jumps, release } = start();
    const others: number[] = [];
    const releaseOther = watch.onJump((byMs) => {
      others.push(byMs);
      releaseOther();
    });
    clock.jump(10_000);
    await clock.advance(2_000);
    release();
    clock.jump(10_000);
    await clock.advance(2_000);
    expect([jumps, others]).toEqual([[10_000], [10_000]]);
  });

  it('ends with its signal, without another report', async () => {
    const { clock, stop, jumps } = start();
    clock.jump(10_000);
    stop.abort();
    await clock.advance(60_000);
    expect(jumps).toEqual([]);
    expect(clock.sleeps).toHaveLength(1);
  });
});
