import { headerLine, progressLine, readHeader, readProgress, Replay } from '../changes/resume/records.ts';
import type { DrivePosition, Position } from '../changes/resume/position-store.ts';
import { applySteps, lastSteps, type Step } from '../changes/index/round.ts';
import { toError, usageError, WatchError } from '../errors.ts';
import { rejectWhenAborted } from '../lib/abort.ts';
import type { PositionStore } from './options.ts';

/**
 * `openTextPosition` keeps a position with the caller's own functions, as a text of one or two lines: the cursor, and what was
 * reported beyond it when a round was cut short. It does not contain the tree: a drive may have a million items.
 * Rejects with the error of `load`, with the reason of the signal as soon as that is aborted, and with a usage error for a text that did
 * not come from `save`.
 */
export async function openTextPosition({ load, save }: PositionStore, signal: AbortSignal): Promise<DrivePosition> {
  const text = await rejectWhenAborted((async () => load())(), signal);
  const [first = '', ...rest] = (text ?? '').split('\n').filter((line) => line !== '');
  const header = first === '' ? undefined : readHeader(first);
  const progress = rest.map(readProgress);
  if ((first !== '' && header === undefined) || progress.includes(undefined)) throw usageError('The stored position is damaged, or not a position.', 'Remove it to start over: what changed since then is not reported.');
  const replay = new Replay();
  for (const each of progress) if (each !== undefined) replay.add(each);
  let drive = header?.drive;
  let position: Position | undefined = header === undefined ? undefined : { cursor: header.cursor, at: header.at };
  /** What was reported beyond the position. */
  let beyond: readonly Step[] = replay.beyond;
  /** One at a time, in order. */
  let saving: Promise<void> = Promise.resolve();
  const store = (): Promise<void> => {
    // Without a start there is nothing to continue from.
    if (position === undefined) return Promise.resolve();
    const lines = [headerLine({ ...position, drive: drive ?? '', index: false, items: 0, aheadUntil: 0 }), ...(beyond.length === 0 ? [] : [progressLine(beyond, undefined)])];
    const turn = saving.then(async () => {
      try {
        await save(lines.join('\n'));
      } catch (error) {
        throw error instanceof WatchError ? error : new WatchError('internal', `The position cannot be stored: ${toError(error).message}`, { cause: error, hint: 'Check the save function of the resume option.' });
      }
    });
    // The caller gets the error; the next save tries again.
    saving = turn.catch(() => undefined);
    return turn;
  };
  const move = (to: Position): Promise<void> => {
    position = to;
    beyond = [];
    return store();
  };
  return {
    stored: position === undefined ? undefined : { position, index: false },
    overgrown: false,
    belongTo(found) {
      if (drive !== undefined && drive !== found) throw usageError('The stored position belongs to another drive.', 'Give each drive a position of its own, or check whose token it is.');
      drive = found;
    },
    restore(known, onReported) {
      applySteps(beyond, known);
      for (const step of beyond) onReported(step);
      return Promise.resolve(new Map());
    },
    rewrite: move,
    commit: move,
    // What a killed process had reported beyond its position is reported again: avoiding that would double the writes.
    logIntent: () => Promise.resolve(),
    logDone(steps) {
      beyond = lastSteps([...beyond, ...steps]);
      return store();
    },
    close: () => saving,
  };
}
