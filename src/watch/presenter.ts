import type { CheckpointEvent, IndexingEvent, Origin, WatchEvent } from '../events.ts';
import type { OutputFormat } from '../output/format.ts';
import { createStatusLine, type StatusLine } from '../output/status-line.ts';
import type { Writer } from '../output/writer.ts';
import type { CommandContext } from '../app/context.ts';
import { jsonLine } from './format.ts';
import { createPrettyOutput } from './pretty-output.ts';

/** How often to check whether a slow reader has been given up, in milliseconds. */
const TAKEN_LOOK_MS = 1_000;
/** An enumeration that took no longer than this, in milliseconds, and left nothing without a name, is not mentioned. */
const QUIET_INDEXING_MS = 5_000;
/** With this many events in memory, those that stdout has accepted are forgotten. */
const LATELY = 256;

/** Presenter shows the events of a watch: records and pretty lines on stdout, the connection's life on stderr. */
export interface Presenter {
  event(event: WatchEvent, origin?: Origin): Promise<void> | undefined;
  /** Warns, once for each host, that the cloud is not known to use this push host. */
  unexpectedHost(host: string): void;
  /** How many changes and notifications the system has not accepted on stdout so far. */
  readonly untaken: number;
  /** Returns, for a stream whose last change was this one, the last change up to which stdout has accepted everything; `undefined` if it has accepted nothing. */
  takenUpTo(stream: object, last: WatchEvent): WatchEvent | undefined;
  /** Shows how far the enumeration of a target's drive is; returns false if there is no place for it. */
  progress: StatusLine['progress'];
  /** Writes what is held back. */
  flush(): void;
  close(): void;
}

export interface PresenterOptions {
  format: OutputFormat;
  lifecycle: boolean;
  /** Whether there are several targets: then lines show their names. */
  targets: () => boolean;
  /** Notifications only. */
  notificationsOnly: boolean;
  /** On a terminal, several changes at once may be one line. */
  sumUp: boolean;
  /** Finds out what people call the drive, with one request. */
  name: (() => Promise<string | undefined>) | undefined;
  /** The events are from a recording: nothing is connected. */
  recorded: boolean;
}

/** `createPresenter` chooses the format and creates the presenter. */
export function createPresenter(
  context: CommandContext,
  writer: Writer,
  { format, lifecycle, targets, notificationsOnly, sumUp, name, recorded }: PresenterOptions,
  /** Aborted when the watch ends. */
  stopping: AbortSignal,
): Presenter {
  const { surroundings: { clock }, people } = context;
  const json = jsonLine(context, format, lifecycle);
  const status = recorded ? undefined : createStatusLine(people, clock);
  const hosts = new Set<string>();
  /** Events whose lines were written recently, and how many bytes had been written by then. */
  let lately: { origin: Origin | undefined; end: number }[] = [];
  let tooMany = LATELY;
  const untaken = (): typeof lately => {
    const { taken } = writer;
    const first = lately.findIndex(({ end }) => end > taken);
    return first < 0 ? [] : lately.slice(first);
  };
  const write = (line: string, origins: readonly (Origin | undefined)[]): Promise<void> | undefined => {
    const written = writer.write(line);
    for (const origin of origins) lately.push({ origin, end: writer.written });
    if (lately.length >= tooMany) {
      lately = untaken();
      tooMany = LATELY + 2 * lately.length;
    }
    return written;
  };
  const pretty = createPrettyOutput(context, { targets, notificationsOnly, sumUp, name, recorded, stopping, write });
  // A cursor moves only past lines that the reader has: a slow reader is waited for, and a closed pipe moves nothing.
  const commit = async (event: CheckpointEvent): Promise<void> => {
    pretty.flush();
    while (!(await writer.flush(TAKEN_LOOK_MS))) if (stopping.aborted) return;
    if (!writer.failed.aborted) await event.commit();
  };
  return {
    event(event, origin) {
      if (event.type === 'checkpoint') return commit(event);
      // First the line: nobody waits for the rest.
      if (event.type === 'notification' && format !== 'pretty') {
        const written = write(json(event) ?? '', [origin]);
        status?.follow(event);
        return written;
      }
      status?.follow(event);
      if (event.type === 'indexing' && !isWorthALine(event)) {
        people.debug(`${event.target}: indexing ${event.stage}, ${event.items} items`);
        return undefined;
      }
      if (format !== 'pretty') {
        const line = json(event);
        if (line !== undefined) return isEvent(event) ? write(line, [origin]) : writer.write(line);
        // What is not a record is a line for people.
        if (isEvent(event)) return undefined;
      }
      return pretty.event(event, origin);
    },
    unexpectedHost(host) {
      if (hosts.has(host)) return;
      hosts.add(host);
      people.warn(`the push host ${host} is not under svc.ms, where this cloud's push hosts are known to be`);
    },
    get untaken() {
      return untaken().length;
    },
    takenUpTo(stream, last) {
      const first = untaken().find(({ origin }) => origin?.stream === stream);
      return first === undefined ? last : first.origin?.before;
    },
    progress: (key, progress) => status?.progress(key, progress) ?? false,
    flush: () => { pretty.flush(); },
    close() {
      pretty.flush();
      status?.close();
    },
  };
}

/** A small drive is enumerated before anybody notices that names are missing. */
function isWorthALine({ stage, unnamed, elapsedMs }: IndexingEvent): boolean {
  return stage === 'incomplete' || (stage === 'done' && (unnamed > 0 || elapsedMs > QUIET_INDEXING_MS));
}

/** Whether `--count` counts the event. */
function isEvent(event: WatchEvent): event is WatchEvent & { type: 'change' | 'notification' } {
  return event.type === 'change' || event.type === 'notification';
}
