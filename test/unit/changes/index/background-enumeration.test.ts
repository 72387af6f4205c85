import { describe, expect, it } from '@jest/globals';
import { BackgroundEnumeration, MOST_ITEMS, type Outcome } from '../../../../src/changes/index/background-enumeration.ts';
import { DriveIndex } from '../../../../src/changes/index/drive-index.ts';
import { Round } from '../../../../src/changes/index/round.ts';
import { Retry } from '../../../../src/lib/retry.ts';
import { steppedClock } from '../../../support/stepped-clock.ts';

/** Enumerates a drive of this many pages, one item each, without pauses; each round is over at once. */
async function enumerated(pages: number): Promise<{ outcome: Outcome | undefined; size: number }> {
  const clock = { ...steppedClock(), sleep: () => Promise.resolve() };
  const { signal } = new AbortController();
  const index = new DriveIndex();
  const enumeration = new BackgroundEnumeration(index, clock);
  let page = 0;
  const outcome = await enumeration.run({
    signal, onProgress: () => undefined,
    retry: new Retry({ clock, signal, retryDelay: () => 'give-up', onTrouble: () => undefined, onRecovered: () => undefined }),
    tryPage: () => {
      page += 1;
      const items = [{ id: `i${page}`, name: `i${page}`, file: {} }];
      return Promise.resolve(page < pages ? { items, next: `https://graph/${page}` } : { items, cursor: 'https://graph/end' });
    },
    requestRound: () => {
      enumeration.beginRound();
      enumeration.settle(new Round(), clock.now());
      enumeration.endRound([], []);
    },
  });
  return { outcome, size: index.size };
}

describe('a background enumeration', () => {
  const MOST_PAGES = MOST_ITEMS / 25;

  it('follows as many pages as the largest drive can have', async () => {
    expect(await enumerated(MOST_PAGES)).toEqual({ outcome: 'complete', size: MOST_PAGES });
  });

  it('ends at one more, so that a service that never stops cannot keep it busy forever', async () => {
    expect((await enumerated(MOST_PAGES + 1)).outcome).toEqual({ incomplete: 'the drive could not be listed (Graph sent too many pages)' });
  });
});
