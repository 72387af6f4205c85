import { describe, expect, it } from '@jest/globals';
import { WatchError } from '../../../src/errors.ts';
import type { WatchEvent } from '../../../src/events.ts';
import { HIGH_WATER, HIGH_WATER_SIZE } from '../../../src/lib/bounded-queue.ts';
import { Unpublishable, type Broker } from '../../../src/publish/broker.ts';
import type { Message } from '../../../src/publish/message.ts';
import { Publisher } from '../../../src/publish/publisher.ts';
import { settle, steppedClock } from '../../support/stepped-clock.ts';

/** A publisher with a broker that answers on request. */
class Scene implements Broker {
  readonly clock = steppedClock();
  readonly stop = new AbortController();
  /** Every attempt, by message id. */
  readonly attempts: string[] = [];
  readonly troubles: (string | undefined)[] = [];
  readonly lost: string[] = [];
  opened = 0;
  isClosed = false;
  isConnected = true;
  readonly publisher: Publisher;
  readonly #waiting = new Map<string, { resolve: () => void; reject: (error: Error) => void }>();
  readonly #reconnecting: (() => void)[] = [];

  /** `fails` returns why the broker cannot be opened at this attempt, if it cannot. */
  constructor(fails: (attempt: number) => Error | undefined = () => undefined) {
    this.publisher = new Publisher({
      clock: this.clock, signal: this.stop.signal,
      open: () => {
        const error = fails(this.opened += 1);
        return error === undefined ? Promise.resolve(this) : Promise.reject(error);
      },
      onTrouble: (reason) => { this.troubles.push(reason); },
      onLost: ({ id }, reason) => { this.lost.push(`${id}: ${reason}`); },
    });
  }

  /** What was sent but not answered yet. */
  get sent(): string[] {
    return [...this.#waiting.keys()];
  }

  publish({ id }: Message): Promise<void> {
    this.attempts.push(id);
    return new Promise((resolve, reject) => { this.#waiting.set(id, { resolve, reject }); });
  }

  connected(): Promise<void> {
    return this.isConnected ? Promise.resolve() : new Promise((resolve) => { this.#reconnecting.push(resolve); });
  }

  close(): Promise<void> {
    this.isClosed = true;
    return Promise.resolve();
  }

  async answer(id: string, error?: Error): Promise<void> {
    const waiting = this.#waiting.get(id);
    if (waiting === undefined) throw new Error(`${id} was not sent`);
    this.#waiting.delete(id);
    if (error === undefined) waiting.resolve();
    else waiting.reject(error);
    await settle();
  }

  async reconnect(): Promise<void> {
    this.isConnected = true;
    for (const resolve of this.#reconnecting.splice(0)) resolve();
    await settle();
  }
}

const message = (id: string, body = '{}'): Message => ({ subject: `graph-watch.change.${id}`, id, headers: {}, body });

describe('the messages of one target', () => {
  it('are sent one after the other, each once the one before it is acknowledged', async () => {
    const s = new Scene();
    for (const id of ['a', 'b', 'c']) await s.publisher.add('me', message(id));
    await settle();
    expect(s.sent).toEqual(['a']);
    await s.answer('a');
    expect(s.sent).toEqual(['b']);
    await s.answer('b');
    await s.answer('c');
    await s.publisher.drain();
    expect(s.publisher.undone).toBe(0);
  });

  it('wait while one is resent, so that they stay in order', async () => {
    const s = new Scene();
    await s.publisher.add('me', message('a'));
    await s.publisher.add('me', message('b'));
    await settle();
    await s.answer('a', new Error('timeout'));
    expect(s.troubles).toEqual(['timeout']);
    await s.clock.advance(500);
    await s.answer('a', new Error('timeout'));
    await s.clock.advance(1_000);
    await s.answer('a');
    await s.answer('b');
    expect(s.attempts).toEqual(['a', 'a', 'a', 'b']);
    // Trouble and recovery are each reported once.
    expect(s.troubles).toEqual(['timeout', undefined]);
  });

  it('do not wait for those of another target', async () => {
    const s = new Scene();
    await s.publisher.add('me', message('a'));
    await s.publisher.add('drive:b', message('b'));
    await settle();
    expect(s.sent).toEqual(['a', 'b']);
  });

  it('continue after one that the broker will never accept, which is reported', async () => {
    const s = new Scene();
    await s.publisher.add('me', message('a'));
    await s.publisher.add('me', message('b'));
    await settle();
    await s.answer('a', new Unpublishable('too large'));
    await s.answer('b');
    expect(s.lost).toEqual(['a: too large']);
    expect(s.publisher.undone).toBe(0);
  });
});

describe('a checkpoint', () => {
  it('is committed once everything before it is acknowledged', async () => {
    const s = new Scene();
    const commits: string[] = [];
    await s.publisher.add('me', message('a'));
    await s.publisher.checkpoint('me', () => {
      commits.push('first');
      return Promise.resolve();
    });
    await s.publisher.add('me', message('b'));
    await settle();
    expect(commits).toEqual([]);
    await s.answer('a');
    expect(commits).toEqual(['first']);
    expect(s.sent).toEqual(['b']);
  });

  it('that fails ends the watch with its error', async () => {
    const s = new Scene();
    await s.publisher.checkpoint('me', () => Promise.reject(new Error('disk full')));
    await settle();
    expect(s.publisher.failed.reason).toMatchObject({ message: 'disk full' });
  });
});

describe('a broker that is unreachable', () => {
  it('is retried with growing pauses, and then gets everything', async () => {
    const s = new Scene((attempt) => (attempt < 4 ? new Error('connection refused') : undefined));
    s.publisher.start();
    await s.publisher.add('me', message('a'));
    await s.clock.advance(500 + 1_000 + 2_000);
    expect(s.opened).toBe(4);
    await s.answer('a');
    await s.publisher.drain();
    expect(s.troubles).toEqual(['connection refused', undefined]);
  });

  it('and has to reconnect gets nothing until then', async () => {
    const s = new Scene();
    s.isConnected = false;
    await s.publisher.add('me', message('a'));
    await settle();
    expect(s.sent).toEqual([]);
    expect(s.troubles).toEqual(['the connection was lost']);
    await s.reconnect();
    await s.answer('a');
    expect(s.troubles).toEqual(['the connection was lost', undefined]);
  });

  it.each([
    ['messages', HIGH_WATER, '{}'],
    ['bytes', 2, 'x'.repeat(HIGH_WATER_SIZE / 2)],
  ])('makes the stream wait beyond a limit of %s', async (_what, count, body) => {
    const s = new Scene(() => new Error('connection refused'));
    for (let n = 1; n < count; n += 1) await s.publisher.add('me', message(String(n), body));
    let isTaken = false;
    void s.publisher.add('me', message('last', body)).then(() => { isTaken = true; });
    await settle();
    expect(isTaken).toBe(false);
    // The end of the watch ends the wait.
    s.stop.abort();
    await s.clock.advance(2_000);
    expect(isTaken).toBe(true);
  });

  it('ends the watch if it refuses for good', async () => {
    const refused = new WatchError('refused', 'NATS refused the credentials.');
    const s = new Scene(() => refused);
    s.publisher.start();
    await settle();
    expect(s.publisher.failed.reason).toBe(refused);
    await s.publisher.drain();
  });
});

describe('a forgotten stream', () => {
  it('has nothing more published or committed, but later messages for its target are', async () => {
    const s = new Scene();
    const [old, next] = [{}, {}];
    const commits: string[] = [];
    s.isConnected = false;
    for (const id of ['a', 'b']) await s.publisher.add('me', message(id), { stream: old, before: undefined });
    await s.publisher.checkpoint('me', () => Promise.resolve(void commits.push('old')), old);
    await s.publisher.add('you', message('x'), { stream: next, before: undefined });
    await settle();
    s.publisher.forget(old);
    await s.publisher.drain(old);
    expect(s.publisher.undone).toBe(1);
    await s.publisher.add('me', message('c'), { stream: next, before: undefined });
    await s.publisher.checkpoint('me', () => Promise.resolve(void commits.push('next')), next);
    await s.reconnect();
    expect(s.sent.sort()).toEqual(['c', 'x']);
    await s.answer('c');
    expect([s.attempts, commits]).toEqual([['x', 'c'], ['next']]);
  });

  it('makes room for others', async () => {
    const s = new Scene(() => new Error('connection refused'));
    const stream = {};
    for (let n = 1; n < HIGH_WATER; n += 1) await s.publisher.add('me', message(String(n)), { stream, before: undefined });
    let isTaken = false;
    void s.publisher.add('you', message('other')).then(() => { isTaken = true; });
    await settle();
    expect(isTaken).toBe(false);
    s.publisher.forget(stream);
    await settle();
    expect(isTaken).toBe(true);
    s.stop.abort();
    await s.clock.advance(2_000);
  });

  it('is drained alone, without waiting for others', async () => {
    const s = new Scene();
    const [one, other] = [{}, {}];
    await s.publisher.add('me', message('a'), { stream: one, before: undefined });
    await s.publisher.add('you', message('b'), { stream: other, before: undefined });
    await settle();
    let isDrained = false;
    void s.publisher.drain(one).then(() => { isDrained = true; });
    await settle();
    expect(isDrained).toBe(false);
    await s.answer('a');
    expect(isDrained).toBe(true);
  });
});

describe('a stream that was lost to another process', () => {
  it('publishes nothing more, even what it was about to send', async () => {
    const s = new Scene();
    const stream = { held: false, untilHeld: () => Promise.resolve(false) };
    s.isConnected = false;
    await s.publisher.add('me', message('a'), { stream, before: undefined });
    await settle();
    await s.reconnect();
    expect(s.attempts).toEqual([]);
    expect(s.publisher.undone).toBe(0);
  });

  it('waits until it is known whether it was', async () => {
    const s = new Scene();
    let sure: (held: boolean) => void = () => undefined;
    const stream = { held: false, untilHeld: () => new Promise<boolean>((resolve) => { sure = resolve; }) };
    await s.publisher.add('me', message('a'), { stream, before: undefined });
    await settle();
    expect(s.sent).toEqual([]);
    sure(true);
    await settle();
    expect(s.sent).toEqual(['a']);
  });
});

describe('the end of a watch', () => {
  it('gives what has arrived a moment to be published, but no more', async () => {
    const s = new Scene();
    const stream = {};
    const event = (time: number): WatchEvent => ({ type: 'warning', time, target: 'me', message: '' });
    const [first, second] = [event(1), event(2)];
    await s.publisher.add('me', message('a'), { stream, before: undefined });
    await s.publisher.add('me', message('b'), { stream, before: first });
    await settle();
    s.stop.abort();
    await settle();
    await s.answer('a');
    expect(s.sent).toEqual(['b']);
    const drained = s.publisher.drain();
    await s.clock.advance(2_000);
    await drained;
    expect(s.publisher.undone).toBe(1);
    // Only what is acknowledged counts as done.
    expect(s.publisher.doneUpTo(stream, second)).toBe(first);
    expect(s.publisher.doneUpTo({}, second)).toBe(second);
    await s.publisher.close();
    expect(s.isClosed).toBe(true);
  });

  it('does not wait for a server that does not answer, and leaves no connection open', async () => {
    const s = new Scene();
    let answer: (broker: Broker) => void = () => undefined;
    const publisher = new Publisher({
      clock: s.clock, signal: s.stop.signal, onTrouble: () => undefined, onLost: () => undefined,
      open: () => new Promise((resolve) => { answer = resolve; }),
    });
    publisher.start();
    await publisher.close();
    answer(s);
    await settle();
    expect(s.isClosed).toBe(true);
  });
});
