import { beforeEach, describe, expect, it } from '@jest/globals';
import { LIST_KEY, PAUSE_KEY } from '../../../src/cluster/keys.ts';
import { encode, readPause } from '../../../src/cluster/records.ts';
import { SharedPause } from '../../../src/cluster/shared-pause.ts';
import { simulatedBucket, type SimulatedBucket, type BucketClient } from '../../support/simulated-bucket.ts';
import { settle, steppedClock, type SteppedClock } from '../../support/stepped-clock.ts';

let clock: SteppedClock;
let bucket: SimulatedBucket;
let over: AbortController;
let elapsed: () => number;

interface Member {
  client: BucketClient;
  pause: SharedPause;
  heard: [number, string][];
}

/** `ahead`: how far its wall clock and its monotonic clock are ahead of the others'. */
async function member(id: string, ahead = 0): Promise<Member> {
  const client = bucket.client();
  const heard: [number, string][] = [];
  const pause = new SharedPause({ bucket: client, clock, monotonic: () => elapsed() + ahead, id: () => id, onPause: (ms, by) => { heard.push([ms, by]); }, signal: over.signal });
  await client.watch(PAUSE_KEY, over.signal, (entry) => { pause.see(entry, elapsed()); });
  return { client, pause, heard };
}

beforeEach(() => {
  clock = steppedClock();
  const epoch = clock.now();
  elapsed = () => clock.now() - epoch;
  bucket = simulatedBucket({ now: elapsed });
  over = new AbortController();
});

const written = (): (number | undefined)[] => bucket.history.filter(({ key }) => key === PAUSE_KEY).map(({ value }) => readPause(value!)?.ms);

describe('a pause that Graph asks of one member', () => {
  it('applies to the others, whatever their clocks say, and not twice to that member', async () => {
    const [a, b, c] = [await member('a'), await member('b', 600_000), await member('c', -600_000)];
    await a.pause.share(30_000);
    expect(a.heard).toEqual([]);
    expect([b.heard, c.heard]).toEqual([[[30_000, 'a']], [[30_000, 'a']]]);
  });

  it('is written once, even if all are asked at nearly the same time', async () => {
    const [a, b] = [await member('a'), await member('b')];
    await a.pause.share(30_000);
    await clock.advance(500);
    await b.pause.share(30_000);
    await a.pause.share(29_000);
    expect(written()).toEqual([30_000]);
    await b.pause.share(60_000);
    expect(written()).toEqual([30_000, 60_000]);
    expect(a.heard).toEqual([[60_000, 'b']]);
  });

  it('is found by a member that joins, without the part that is over', async () => {
    const a = await member('a');
    await a.pause.share(30_000);
    await clock.advance(20_000);
    expect((await member('late')).heard).toEqual([[10_000, 'a']]);
    await clock.advance(10_000);
    expect((await member('later')).heard).toEqual([]);
  });

  it('is shared once an unreachable bucket is back, if part of it is left', async () => {
    const [a, b] = [await member('a'), await member('b')];
    a.client.isUnreachable = true;
    void a.pause.share(30_000);
    await clock.advance(4_500);
    a.client.isUnreachable = false;
    await clock.advance(1_000);
    expect(b.heard).toEqual([[25_000, 'a']]);

    a.client.isUnreachable = true;
    const late = a.pause.share(40_000);
    await clock.advance(41_000);
    a.client.isUnreachable = false;
    await clock.advance(5_000);
    await late;
    expect(b.heard).toHaveLength(1);
  });

  it('is replaced by a longer one while it waits, and ends with the member', async () => {
    const [a, b] = [await member('a'), await member('b')];
    a.client.isUnreachable = true;
    const [shorter, longer] = [a.pause.share(30_000), a.pause.share(90_000)];
    a.client.isUnreachable = false;
    await clock.advance(1_000);
    await Promise.all([shorter, longer]);
    expect(b.heard).toEqual([[89_000, 'a']]);
    a.client.isUnreachable = true;
    const last = a.pause.share(300_000);
    await settle();
    over.abort();
    await last;
  });

  it('is not read from invalid records', async () => {
    const a = await member('a');
    const other = bucket.client();
    let revision = 0;
    for (const text of ['', 'null', '{"ms":-5,"by":"x"}', '{"ms":"9","by":"x"}', '{"ms":5000}']) {
      revision = revision === 0 ? await other.create(PAUSE_KEY, Buffer.from(text)) : await other.update(PAUSE_KEY, Buffer.from(text), revision);
    }
    await other.delete(PAUSE_KEY, revision);
    a.pause.see({ key: LIST_KEY, value: undefined, revision: 1, at: 0 }, 0);
    expect(a.heard).toEqual([]);
    await other.create(PAUSE_KEY, encode({ ms: 5_000, by: 'x' }));
    expect(a.heard).toEqual([[5_000, 'x']]);
  });
});
