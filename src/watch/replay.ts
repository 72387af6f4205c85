import { constants } from 'node:fs';
import { access, stat } from 'node:fs/promises';
import { addAbortSignal } from 'node:stream';
import type { CommandContext } from '../app/context.ts';
import { toError, usageError, WatchError } from '../errors.ts';
import { describeDuration } from '../lib/duration.ts';
import { foreignText } from '../lib/foreign-text.ts';
import { isSystemError, whyUnreadable } from '../lib/system-errors.ts';
import { decodedText, openBytes } from '../lib/text-stream.ts';
import { safeText } from '../output/safe-text.ts';
import { readRecording, type Problem } from '../recording/read-recording.ts';
import type { RecordedEvent } from '../recording/record.ts';
import { RecordedTime } from './recorded-time.ts';

/** Replay is recordings on their way through a session. */
export interface Replay {
  /** The events, in order; rejects where a recording cannot be read. To be read once. */
  events(signal: AbortSignal): AsyncGenerator<RecordedEvent, void, undefined>;
  /** Whether there have been several targets so far, or one with a label. */
  readonly several: boolean;
  /** How far it has come in the time of the recording. */
  readonly time: Pick<RecordedTime, 'now' | 'rate' | 'ended'>;
  /** Whether everything has been replayed, and no line was damaged. */
  readonly isWhole: boolean;
  /** `conclude` reports what was skipped. Returns an error if lines were damaged. Call it at the end. */
  conclude(): WatchError | undefined;
}

/** This many lines are named; of more only their number. */
const NAMED_LINES = 10;
/** This many types of unknown records are named. */
const NAMED_TYPES = 10;
/** In characters. */
const LONGEST_TYPE = 60;

/** `checkFiles` rejects with a usage error if one of the recordings cannot be opened: before anything is done with the first. */
export async function checkFiles(files: readonly string[]): Promise<void> {
  if (files.filter((file) => file === '-').length > 1) throw usageError('stdin (-) can be read only once.');
  for (const file of files) {
    if (file === '-') continue;
    try {
      await access(file, constants.R_OK);
      if ((await stat(file)).isDirectory()) throw unreadable(file, Object.assign(new Error(), { code: 'EISDIR' }));
    } catch (error) {
      throw unreadable(file, error);
    }
  }
}

/**
 * `createReplay` reads recordings (`-`: stdin), one after the other. `speed`: how many times as fast as they were recorded;
 * without it at once.
 */
export function createReplay(context: CommandContext, files: readonly string[], speed: number | undefined): Replay {
  const { surroundings: { clock, stdin }, people, redactor } = context;
  let targets: string | undefined;
  let several = false;
  let first: string | undefined;
  let damaged = 0;
  const unknown = new Map<string, number>();
  const time = new RecordedTime({ clock, speed, onLongWait: (waitMs) => { people.say(`the next event is due in ${describeDuration(waitMs)}`); } });
  const onProblem = (file: string) => ({ kind, line, why }: Problem): void => {
    const where = `${file}:${line}`;
    if (kind === 'unknown') {
      const type = foreignText(why, redactor.redact, LONGEST_TYPE);
      const name = unknown.has(type) || unknown.size < NAMED_TYPES ? type : 'others';
      unknown.set(name, (unknown.get(name) ?? 0) + 1);
    } else if (kind === 'cut') {
      people.warn(safeText(`${where}: the recording ends in the middle of this line, which is skipped`));
    } else {
      damaged += 1;
      first ??= where;
      if (damaged <= NAMED_LINES) people.warn(safeText(`${where}: skipped a damaged line (${why})`));
    }
  };
  const read = async function* (file: string, signal: AbortSignal): AsyncGenerator<RecordedEvent, void, undefined> {
    const name = file === '-' ? 'stdin' : file;
    if (file === '-' && stdin.isTTY === true) people.say('reading records from the terminal (press Ctrl-D to end)');
    try {
      const bytes = file === '-' ? addAbortSignal(signal, stdin) as AsyncIterable<Uint8Array> : openBytes(file, signal);
      yield* readRecording(decodedText(bytes), name, onProblem(name));
    } catch (error) {
      if (signal.aborted) return;
      throw unreadable(name, error);
    }
  };
  return {
    async *events(signal) {
      for (const file of files) {
        for await (const event of read(file, signal)) {
          targets ??= event.target;
          several ||= event.label !== undefined || event.target !== targets;
          await time.reach(event.time, signal);
          if (signal.aborted) return;
          yield event;
        }
      }
      if (!signal.aborted) time.end();
    },
    time,
    get isWhole() {
      return time.ended && damaged === 0;
    },
    get several() {
      return several;
    },
    conclude() {
      for (const [type, count] of unknown) people.warn(safeText(`skipped ${count} ${count === 1 ? 'record' : 'records'} that this version doesn't know: ${type}`));
      if (damaged === 0) return undefined;
      return new WatchError('internal', `${damaged === 1 ? '1 line is' : `${damaged} lines are`} damaged, the first at ${first ?? ''}.`, {
        code: 'recordingDamaged', hint: 'All other lines were replayed.',
      });
    },
  };
}

function unreadable(name: string, error: unknown): unknown {
  if (error instanceof WatchError) return error;
  const { code } = error as { code?: unknown };
  if (typeof code === 'string' && code.startsWith('Z_')) {
    return new WatchError('internal', `${name} ends early, or its compressed data is damaged: ${toError(error).message}.`, { code, hint: 'All lines before that were replayed.' });
  }
  return isSystemError(error) ? usageError(`The recording ${name} cannot be read: ${whyUnreadable(error)}.`, 'Pass a file with one record per line, or - for stdin.') : error;
}
