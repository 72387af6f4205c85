import { Chalk } from 'chalk';
import type { ChangeEvent, CheckpointEvent, WatchEvent } from '../events.ts';
import type { OutputFormat } from '../output/format.ts';
import { prettyLine } from '../output/pretty.ts';
import type { ChangeColumns } from '../output/pretty-change.ts';
import { createStatusLine } from '../output/status-line.ts';
import type { Writer } from '../output/writer.ts';
import type { CommandContext } from '../app/context.ts';
import { jsonLine } from './format.ts';

/** How often it is looked whether a slow reader has been given up, in milliseconds. */
const TAKEN_LOOK_MS = 1_000;

/** Where the events of a watch go: records and pretty lines to stdout, the connection's life to stderr. */
export interface Presenter {
  event(event: WatchEvent): Promise<void> | undefined;
  /** Says once that the push host is not one that the cloud is known to use. */
  unexpectedHost(host: string): void;
  /** Waits up to so many milliseconds until stdout took all that was written; false where it did not. */
  taken(withinMs: number): Promise<boolean>;
  close(): void;
}

/** The format is chosen once, here. */
export function createPresenter(
  context: CommandContext,
  writer: Writer,
  { format, lifecycle, many = false }: { format: OutputFormat; lifecycle: boolean; many?: boolean },
  /** Aborted when the watch ends. */
  stopping: AbortSignal,
): Presenter {
  const { surroundings: { stdout, stderr, clock }, settings, people } = context;
  const json = jsonLine(context, format, lifecycle);
  let columns: ChangeColumns | undefined;
  const paintOut = new Chalk({ level: settings.color ?? stdout.isTTY === true ? 1 : 0 });
  const paintErr = new Chalk({ level: settings.color ?? stderr.isTTY === true ? 1 : 0 });
  const status = createStatusLine(people, clock);
  const hosts = new Set<string>();
  const taken = async (withinMs: number): Promise<boolean> => (await writer.flush(withinMs)) && !writer.failed.aborted;
  // A cursor moves on only past lines that the reader has: a slow one is waited for, one that has gone moves nothing.
  const commit = async (event: CheckpointEvent): Promise<void> => {
    while (!(await taken(TAKEN_LOOK_MS))) if (writer.failed.aborted || stopping.aborted) return;
    await event.commit();
  };
  const showChange = async (event: ChangeEvent): Promise<void> => {
    // Loaded with the first change: what tells how wide a text is takes 20 ms, which no start waits for.
    const { changeColumns, prettyChange } = await import('../output/pretty-change.ts');
    columns ??= changeColumns({ targets: many });
    await writer.write(prettyChange(event, paintOut, columns));
  };
  return {
    event(event) {
      if (event.type === 'checkpoint') return commit(event);
      status.follow(event);
      if (format !== 'pretty') {
        const line = json(event);
        if (line !== undefined) return writer.write(line);
      } else if (event.type === 'change') {
        return showChange(event);
      } else if (event.type === 'notification') {
        return writer.write(prettyLine(event, paintOut));
      }
      const reportedAnyway = event.type === 'end' && event.failed;
      if (event.type !== 'notification' && event.type !== 'change' && !reportedAnyway) people.say(prettyLine(event, paintErr).trimEnd());
      return undefined;
    },
    unexpectedHost(host) {
      if (hosts.has(host)) return;
      hosts.add(host);
      people.warn(`the push host ${host} is not under svc.ms, where this cloud's are known to be`);
    },
    taken,
    close() {
      status.close();
    },
  };
}
