import { checkFilter } from '../changes/filter/filter.ts';
import { targetKey, type ChangeKind } from '../events.ts';
import { cloudEvent, cloudEventLine } from '../output/cloudevents.ts';
import { ndjsonLine } from '../output/ndjson.ts';
import { safeText } from '../output/safe-text.ts';
import { usageError } from '../errors.ts';
import type { CommandContext } from '../app/context.ts';
import { commaSeparated, type ChangeQuery, type ChangeTest } from '../serve/events-query.ts';
import { startServer, type WatchServer } from '../serve/server.ts';
import { cloudEventOptions } from './format.ts';
import type { Replay } from './replay.ts';
import type { ServeOptions } from './options/serve-options.ts';
import type { TargetStatus, TargetStream } from './target-stream.ts';

export interface ServingScene {
  options: ServeOptions;
  mode: 'changes' | 'notifications';
  watching: () => readonly { target: string; label?: string; key?: string }[];
  /** Whether there may be more targets, about which Graph is still being asked. */
  isLookingUp?: (() => boolean) | undefined;
  /** Of a process that may have nothing to watch: whether it is ready itself. */
  standby?: (() => boolean) | undefined;
  /** The events are those of a recording. */
  replay?: Pick<Replay, 'time'> | undefined;
  /** Finds out what people call the only drive. */
  name: () => Promise<string | undefined>;
  /** Events that wait, by where. */
  queues: () => Readonly<Record<string, number>>;
}

/** Serving shows a watch over HTTP; it is given the watch's events. */
export interface Serving extends WatchServer {
  /** `follow` includes a stream in the state and the metrics. Call it before the stream's events are shown, and what it returns after that. */
  follow(stream: TargetStream): () => void;
}

/** `openServing` starts to serve a watch. Rejects with a usage error if the address cannot be used. */
export async function openServing(context: CommandContext, { options: { address, token }, mode, watching, isLookingUp, standby, replay, name, queues }: ServingScene): Promise<Serving> {
  const { surroundings: { clock }, people, redactor, pace } = context;
  if (token !== undefined) redactor.add(token);
  const streams = new Set<TargetStream>();
  const statuses = (): TargetStatus[] => [...streams].map(({ status }) => status?.()).filter((status) => status !== undefined);
  /** By key. */
  const caughtUp = (): ReadonlyMap<string, boolean> => {
    const all = new Map<string, boolean>();
    for (const { key, caughtUp: is } of statuses()) all.set(key, is && all.get(key) !== false);
    return all;
  };
  const asCloudEvent = cloudEventOptions(context, true);
  let known: string | undefined;
  let asked = false;
  const server = await startServer({
    address, token, mode, queues, standby,
    // What a replay shows has the recorded time, so that delays are what they were; what readers may take is measured by the real clock.
    clock, now: replay === undefined ? undefined : () => replay.time.now,
    recorded: replay?.time,
    redact: redactor.redact,
    warn: (message) => { people.warn(safeText(message)); },
    watching: () => {
      const all = caughtUp();
      return watching().map((watched) => ({ ...watched, caughtUp: all.get(targetKey(watched)) }));
    },
    isLookingUp,
    name: () => known,
    changeFilter,
    indexedItems: () => statuses().reduce((sum, { items }) => sum + items, 0),
    spent: () => pace.spent,
    record: (event) => ndjsonLine(event, true, redactor.redact)?.trimEnd(),
    cloudEvent: (event) => ({ id: cloudEvent(event, asCloudEvent)?.attributes.id ?? '', text: (cloudEventLine(event, asCloudEvent) ?? '').trimEnd() }),
  });
  // Whoever asked for any free port has to learn which one it is.
  const line = `Serving at ${server.url} (health, metrics, events, a page)`;
  if (address.port === 0) people.always(line);
  else people.say(line);
  return {
    ...server,
    event(event) {
      server.event(event);
      if (event.type !== 'ready' || asked) return;
      asked = true;
      void name().then((found) => { known = found; }, () => undefined);
    },
    follow(stream) {
      streams.add(stream);
      return () => { streams.delete(stream); };
    },
  };
}

const KINDS: readonly ChangeKind[] = ['created', 'modified', 'renamed', 'moved', 'deleted', 'shared', 'unknown'];

/** The filters of `watch`, but for `--by me` and `--not-by me`: who that is is not known here. */
function changeFilter(query: ChangeQuery): ChangeTest {
  const kinds = query.change === undefined ? undefined : commaSeparated(query.change);
  const change = kinds?.map((kind) => {
    const found = KINDS.find((known) => known === kind);
    if (found === undefined) throw usageError(`"${kind}" is not a kind of change.`, `Kinds are ${KINDS.join(', ')}.`);
    return found;
  });
  const [only] = query.only ?? [];
  if (only !== undefined && only !== 'files' && only !== 'folders') throw usageError('only must be files or folders.');
  const { path, by, 'not-by': notBy, 'not-app': notApp } = query;
  const tests = checkFilter({
    ...(path === undefined ? {} : { path }), ...(change === undefined ? {} : { change }), ...(only === undefined ? {} : { only }),
    ...(by === undefined ? {} : { by }), ...(notBy === undefined ? {} : { notBy }), ...(notApp === undefined ? {} : { notApp }),
  });
  return (event) => tests.every((test) => test(event));
}
