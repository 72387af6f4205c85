import { describe, expect, it } from '@jest/globals';
import type { ChangeEvent } from '../../../src/events.ts';
import { BURST_FROM, Bursts } from '../../../src/output/bursts.ts';
import { settle } from '../../support/stepped-clock.ts';

const ADA = { user: { displayName: 'Ada' } };

function change(path: string | undefined, over: Partial<Omit<ChangeEvent, 'item'>> = {}, item: Partial<ChangeEvent['item']> = {}): ChangeEvent {
  return { type: 'change', time: 1_000_000, target: 'me', change: 'created', via: 'push', ...over, item: { id: '1', ...(path === undefined ? {} : { path }), folder: false, lastModifiedBy: ADA, ...item } };
}

const photos = (count: number, over: Partial<Omit<ChangeEvent, 'item'>> = {}, item: Partial<ChangeEvent['item']> = {}): ChangeEvent[] =>
  Array.from({ length: count }, (_, index) => change(`/Photos/${index}.jpg`, over, item));

/** How many changes each line stands for. */
function start() {
  const sizes: number[] = [];
  const bursts = new Bursts<ChangeEvent>((events) => { sizes.push(events.length); });
  return { bursts, sizes, add: (...events: ChangeEvent[]) => { for (const event of events) bursts.add(event); } };
}

describe('changes that come at the same time', () => {
  it('are one line if they are many, of one kind and in one folder', async () => {
    const { add, sizes } = start();
    add(...photos(12));
    expect(sizes).toEqual([]);
    await settle(1);
    expect(sizes).toEqual([12]);
  });

  it('are separate lines if they are few', async () => {
    const { add, sizes } = start();
    add(...photos(BURST_FROM - 1));
    await settle(1);
    expect(sizes).toEqual(Array(BURST_FROM - 1).fill(1));
  });

  it('are not combined with those of the next turn', async () => {
    const { add, sizes } = start();
    add(...photos(6));
    await settle(1);
    add(...photos(7));
    await settle(1);
    expect(sizes).toEqual([6, 7]);
  });

  it('can be written at once', () => {
    const { bursts, add, sizes } = start();
    add(...photos(6));
    bursts.flush();
    expect(sizes).toEqual([6]);
    bursts.flush();
    expect(sizes).toEqual([6]);
  });

  it.each<[string, ChangeEvent[]]>([
    ['of another kind', photos(6, { change: 'modified' })],
    ['in another folder', Array.from({ length: 6 }, (_, index) => change(`/Docs/${index}`))],
    ['by somebody else', photos(6, {}, { lastModifiedBy: { user: { displayName: 'Grace' } } })],
    ['to folders', photos(6, {}, { folder: true })],
    ['to another drive', photos(6, { target: 'drive:b!1' })],
    ['from long ago', photos(6, { via: 'catchup', changedToSeenMs: 3_600_000 })],
    ['at an unknown time', photos(6, { via: 'catchup' })],
  ])('are not combined with changes %s', async (_which, others) => {
    const { add, sizes } = start();
    add(...photos(6), ...others);
    await settle(1);
    expect(sizes).toEqual([6, 6]);
  });

  it('are combined only with neighbours, so that lines keep their order', async () => {
    const { add, sizes } = start();
    add(...photos(6), change('/other.txt'), ...photos(6));
    await settle(1);
    expect(sizes).toEqual([6, 1, 6]);
  });

  it('are combined for each drive if those of several drives alternate', async () => {
    const { add, sizes } = start();
    const [here, there] = [photos(6), photos(7, { target: 'drive:b!1' })];
    add(...here.flatMap((event, index) => [event, ...there.slice(index, index + 1)]), ...there.slice(6));
    await settle(1);
    expect(sizes).toEqual([6, 7]);
  });

  it('are combined if they were moved from the same folder', async () => {
    const { add, sizes } = start();
    const moved = (from: string) => photos(6, { change: 'moved', previous: { path: `${from}/1.jpg` } });
    add(...moved('/Inbox'), ...moved('/Outbox'));
    await settle(1);
    expect(sizes).toEqual([6, 6]);
  });

  it('are separate lines if their folder is unknown', async () => {
    const { add, sizes } = start();
    for (let count = 0; count < 6; count += 1) add(change(undefined));
    await settle(1);
    expect(sizes).toEqual([1, 1, 1, 1, 1, 1]);
  });

  it('are not held back without a limit', () => {
    const { add, sizes } = start();
    add(...photos(10_001));
    expect(sizes).toEqual([10_000]);
  });
});
