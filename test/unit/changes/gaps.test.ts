import { describe, expect, it } from '@jest/globals';
import { Gaps, type Gap } from '../../../src/changes/gaps.ts';
import type { WatchEvent } from '../../../src/events.ts';
import { steppedClock } from '../../support/stepped-clock.ts';

const START = 1_000_000;

function scene(): { gaps: Gaps; missed: (from: number, to: number) => void; put: WatchEvent[] } {
  const put: WatchEvent[] = [];
  const gaps = new Gaps({ target: 'me', clock: steppedClock(START), put: (event) => { put.push(event); } });
  const missed = (from: number, to: number): void => { gaps.missed({ type: 'gap', time: to, target: 'me', reason: 'the connection was lost', from, to } satisfies Gap); };
  return { gaps, missed, put };
}

describe('gaps', () => {
  it('are merged, however often the connection was lost before delta answered', () => {
    const { gaps, missed, put } = scene();
    missed(100, 200);
    missed(300, 400);
    gaps.close({ catchup: true });
    gaps.close({ catchup: true });
    expect(put).toMatchObject([{ from: 100, to: 400, catchup: true }]);
  });

  it.each<[string, number, number, object[]]>([
    ['ends where that one ended', START - 10, START, []],
    ['lasts a moment longer', START - 10, START + 1, [{ from: START, to: START + 1 }]],
    ['begins later', START + 5, START + 10, [{ from: START + 5, to: START + 10 }]],
  ])('do not overlap with a gap that was reported before: one that %s', (_what, from, to, reported) => {
    const { gaps, missed, put } = scene();
    gaps.lost('the cursor was lost', START - 100);
    missed(from, to);
    gaps.close({ catchup: true });
    expect(put.slice(1)).toMatchObject(reported);
    expect(put).toHaveLength(1 + reported.length);
  });
});
