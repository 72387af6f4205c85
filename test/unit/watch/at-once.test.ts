import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { execute } from '../../../src/cli/execute.ts';
import { sizeOfEvent, type WatchEvent } from '../../../src/events.ts';
import { BoundedQueue } from '../../../src/lib/bounded-queue.ts';
import { stayConnected } from '../../../src/stream/stay-connected.ts';
import { watchWaking } from '../../../src/stream/wake.ts';
import type { WatchOptions } from '../../../src/watch/options/watch-options.ts';
import { openSession } from '../../../src/watch/session.ts';
import { controlledConnection, type ControlledConnection } from '../../support/controlled-socket.ts';
import { fakeSurroundings } from '../../support/fake-surroundings.ts';
import { settle, steppedClock } from '../../support/stepped-clock.ts';

type Step = { payloads: unknown[] } | 'settle' | 'stall' | 'flow' | 'later' | 'lose';

interface Run {
  options?: Partial<WatchOptions>;
  label?: string;
  steps: readonly Step[];
  /** Whether the reader of stdout reads on at the end. */
  reads?: boolean;
}

/** What a watch writes and how it ends, with events taken in the turn that brings them (`atOnce`), or each through every queue. */
async function outcome(atOnce: boolean, { options = {}, label, steps, reads = true }: Run): Promise<{ stdout: string; stderr: string; code: number; paused: boolean; immediately: number }> {
  const clock = steppedClock();
  const surroundings = fakeSurroundings({ clock });
  const { stdout, stderr } = surroundings;
  let connection: ControlledConnection | undefined;
  let immediately = 0;
  const done = execute({}, async (context) => {
    const session = await openSession(context, { lifecycle: true, output: 'ndjson', changes: undefined, ...options }, () => [{ target: 'me' }]);
    const queue = new BoundedQueue<WatchEvent>(sizeOfEvent);
    const events = stayConnected({
      target: 'me', clock, random: () => 1, signal: session.signal, wake: watchWaking(clock, session.signal), queue,
      fetchEndpoint: () => Promise.resolve({ url: new URL('https://push.example/notifications'), lifetimeMs: undefined }),
      connect: () => Promise.resolve(connection = controlledConnection(clock.now, { offers: atOnce })),
    });
    const stream = {
      events, settle: () => Promise.resolve(), close: () => Promise.resolve(),
      ...(atOnce ? {
        passTo: (taker: (event: WatchEvent) => boolean): void => {
          queue.passTo((event) => {
            const isTaken = taker(event);
            if (isTaken) immediately += 1;
            return isTaken;
          });
        },
      } : {}),
    };
    return session.finish(session.follow(stream, (event) => {
      if (label !== undefined) event.label = label;
      return event;
    }).then(() => undefined));
  }, surroundings);
  await settle();
  for (const step of steps) {
    // What came before is written, one way or the other, as far as stdout takes it.
    if (typeof step === 'string') await settle();
    if (step === 'settle') continue;
    if (step === 'stall') stdout.stall();
    else if (step === 'flow') stdout.flow();
    else if (step === 'later') await clock.advance(1_000);
    else if (step === 'lose') {
      connection?.lose('lost');
      await clock.advance(60_000);
    } else connection?.notify(...step.payloads);
  }
  await settle();
  const paused = connection?.paused === true;
  if (reads) {
    stdout.flow();
    await settle();
  }
  surroundings.raise('SIGINT');
  await clock.advance(30_000);
  const code = await done;
  await settle();
  return { stdout: stdout.text, stderr: stderr.text, code, paused, immediately };
}

async function bothWays(run: Run): Promise<Awaited<ReturnType<typeof outcome>>> {
  const { immediately, ...shown } = await outcome(true, run);
  const { immediately: never, ...plainly } = await outcome(false, run);
  expect(never).toBe(0);
  expect(shown).toEqual(plainly);
  return { ...shown, immediately };
}

/** Every tenth has a space in it, which a line is not made of as it came. */
const entry = (n: number): string => JSON.stringify({ value: [{ subscriptionId: n % 10 === 9 ? 'a b' : 'a-b', clientState: `${n}`, siteUrl: '/personal/2f7c41d08e6a95b3' }] });
const datas = (stdout: string): unknown[] => stdout.split('\n').slice(0, -1).map((line) => JSON.parse(line) as { type: string; data?: unknown }).filter(({ type }) => type === 'notification').map(({ data }) => data);

/** Payloads as nobody sends them, and some that the shortcut must leave alone. */
const hostile = fc.oneof(
  fc.json(), fc.string({ unit: 'binary' }), fc.jsonValue(),
  fc.json().map((json) => `{"value":[${json}]}`),
  fc.array(fc.json(), { maxLength: 3 }).map((list) => `{"value":[${list.join(',')}]}`),
  fc.tuple(fc.string({ unit: 'binary', maxLength: 6 }), fc.string({ unit: 'binary', maxLength: 6 })).map(([key, text]) => `{"value":[{"${key}":"${text}"}]}`),
  fc.constantFrom('{"value":[{"a":"b",}]}', '{"value":[{"a":"b"}{"a":"b"}]}', '{"value":[{"a":"b"},]}', '{"value":[{"a":"\u2028"}]}', '{"value":[{"a":"\ud800"}]}', '{"value":[{"a":"\n"}]}', '{"value":[{"a":"b"}]}]}'),
);

describe('a notification that nobody has to wait for', () => {
  it('is written in the turn that brings it', async () => {
    const { stdout, immediately } = await bothWays({ steps: [1, 2, 3].map((n) => ({ payloads: [entry(n)] })) });
    expect(immediately).toBe(3);
    expect(datas(stdout)).toEqual([1, 2, 3].map((n) => expect.objectContaining({ clientState: `${n}` })));
  });

  it('makes the same lines and the same end as every other, whatever comes, is lost, or is read late', async () => {
    const step: fc.Arbitrary<Step> = fc.oneof(
      { weight: 6, arbitrary: fc.array(fc.oneof(fc.nat(9).map(entry), hostile), { minLength: 1, maxLength: 4 }).map((payloads) => ({ payloads })) },
      { weight: 2, arbitrary: fc.constantFrom<Step>('settle', 'stall', 'flow', 'later', 'lose') },
      // More than waits anywhere.
      { weight: 1, arbitrary: fc.nat(80).map((n) => ({ payloads: Array<string>(n).fill(JSON.stringify({ value: [{ clientState: 'x'.repeat(2_000) }] })) })) },
    );
    const run = fc.record({
      steps: fc.array(step, { maxLength: 12 }), reads: fc.boolean(), label: fc.constantFrom(undefined, 'a "label"'),
      options: fc.record({ output: fc.constantFrom<'ndjson' | 'pretty' | 'cloudevents'>('ndjson', 'ndjson', 'pretty', 'cloudevents'), count: fc.constantFrom(undefined, undefined, 1, 3, 10) }),
    });
    await fc.assert(fc.asyncProperty(run, async ({ label, ...rest }) => {
      const { stdout } = await bothWays({ ...rest, ...(label === undefined ? {} : { label }) });
      if (rest.options.output === 'pretty') return;
      for (const line of stdout.split('\n').slice(0, -1)) JSON.parse(line);
      expect(stdout).not.toMatch(/[\u2028\u2029]/);
    }), { numRuns: 60 });
  }, 60_000);

  it('waits behind a reader that stalls, and is counted as not read', async () => {
    const big = JSON.stringify({ value: [{ clientState: 'x'.repeat(9_000) }] });
    const { stderr, code, immediately } = await bothWays({ steps: ['stall', ...Array<Step>(5).fill({ payloads: [big] })], reads: false });
    expect(code).toBe(130);
    expect(stderr).toContain('did not read 5 of 5 events');
    // Two before stdout was full, the third waited for, and the rest once nobody waits for the reader any more.
    expect(immediately).toBe(4);
  });

  it('does not fill the memory while the reader stalls', async () => {
    const payloads = Array.from({ length: 6_000 }, (_, n) => entry(10 * n));
    const { stdout, paused } = await bothWays({ steps: ['stall', { payloads }] });
    expect(paused).toBe(true);
    expect(datas(stdout)).toHaveLength(6_000);
  });

  it('ends the watch if it meets the count', async () => {
    const { stdout, code, immediately } = await bothWays({ options: { count: 2 }, steps: [{ payloads: [entry(1), entry(2), entry(3)] }] });
    expect([code, datas(stdout).length, immediately]).toEqual([0, 2, 1]);
  });
});
