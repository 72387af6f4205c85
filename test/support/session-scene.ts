import { execute } from '../../src/cli/execute.ts';
import type { ChangeEvent, CheckpointEvent, WatchEvent } from '../../src/events.ts';
import type { GlobalFlags } from '../../src/app/settings.ts';
import { BoundedQueue } from '../../src/lib/bounded-queue.ts';
import type { Clock } from '../../src/surroundings.ts';
import type { WatchOptions } from '../../src/watch/options/watch-options.ts';
import { openSession } from '../../src/watch/session.ts';
import { fakeSurroundings, type FakeSurroundings } from './fake-surroundings.ts';

/** One run of a watch over events from the test, with a stdout that the test controls: session, output and writer are the real ones. */
export interface SessionScene {
  surroundings: FakeSurroundings;
  put: (...events: WatchEvent[]) => void;
  /** No more events come. */
  end: () => void;
  /** The stream fails. */
  fail: (error: Error) => void;
  /** The settled events: the last change that was taken of a round that was cut short, if any. */
  settled: WatchEvent[];
  /** The exit code. */
  done: Promise<number>;
}

export interface SessionSceneOptions {
  clock?: Clock;
  surroundings?: FakeSurroundings;
  /** Global flags. */
  flags?: GlobalFlags;
  /** The name of the drive, as Graph returns it. */
  name?: () => Promise<string | undefined>;
  /** What the stream throws when it is stopped; without it, it ends. */
  stopsWith?: Error;
  /** What the watch throws once its stream has ended. */
  endsWith?: Error;
}

export function sessionScene(options: Partial<WatchOptions> = {}, { clock, surroundings = fakeSurroundings(clock === undefined ? {} : { clock }), flags = {}, name, stopsWith, endsWith }: SessionSceneOptions = {}): SessionScene {
  const queue = new BoundedQueue<WatchEvent>();
  const settled: WatchEvent[] = [];
  async function* events(): AsyncGenerator<WatchEvent, void, undefined> {
    yield* queue;
  }
  const done = execute(flags, async (context) => {
    const session = await openSession(context, { lifecycle: false, changes: CHANGES, output: 'ndjson', ...options }, () => [{ target: 'me' }]);
    if (name !== undefined) await session.useGraph(async () => ({ status: 200, headers: {}, body: { name: await name() } }), { kind: 'me' });
    session.signal.addEventListener('abort', () => { if (stopsWith === undefined) queue.end(); else queue.fail(stopsWith); });
    const stream = { events: events(), settle: (last: WatchEvent) => Promise.resolve(void settled.push(last)), close: () => Promise.resolve() };
    return session.finish(session.follow(stream).then(() => { if (endsWith !== undefined) throw endsWith; }));
  }, surroundings);
  return { surroundings, settled, done, put: (...all) => { all.forEach((event) => { queue.put(event); }); }, end: () => { queue.end(); }, fail: (error) => { queue.fail(error); } };
}

const CHANGES = { notifications: false, index: false, sharing: false, recheckMs: undefined, resume: undefined, after: undefined, since: undefined, poll: undefined, once: false };

export function change(name: string): WatchEvent & ChangeEvent {
  return { type: 'change', time: 0, target: 'me', change: 'created', via: 'push', item: { id: name, name, path: `/${name}`, folder: false } };
}

export function checkpoint(commit: () => void): WatchEvent & CheckpointEvent {
  return { type: 'checkpoint', time: 0, target: 'me', commit: async () => { commit(); await Promise.resolve(); } };
}
