import type { PositionStore, Position } from '../../src/changes/resume/position-store.ts';
import type { DriveIndex } from '../../src/changes/index/drive-index.ts';
import { headerLine, itemLine, progressLine, putStored, readHeader, readItem, readProgress, Replay } from '../../src/changes/resume/records.ts';
import { applySteps } from '../../src/changes/index/round.ts';

/** What is "on disk": the lines that the real file would have. */
export interface Disk {
  lines: string[];
}

/** A stored position in memory, which outlives its writer. It is rewritten often, so that tests cover that. */
export function memoryPositions(disk: Disk, overgrownAt = 4): PositionStore {
  const header = disk.lines[0] === undefined ? undefined : readHeader(disk.lines[0]);
  const progress = disk.lines.slice(1 + (header?.items ?? 0)).map((line) => readProgress(line)!);
  const position: Position | undefined = progress.findLast((each) => each.position !== undefined)?.position ?? header;
  let appended = progress.length;
  const append = (line: string): Promise<void> => {
    if (disk.lines.length > 0) disk.lines.push(line);
    appended += 1;
    return Promise.resolve();
  };
  return {
    stored: header === undefined || position === undefined ? undefined : { position: { cursor: position.cursor, at: position.at }, index: header.index },
    get overgrown() {
      return appended >= overgrownAt;
    },
    restore(known: DriveIndex, onReported) {
      for (const line of disk.lines.slice(1, 1 + header!.items)) putStored(readItem(line)!, known);
      const replay = new Replay();
      for (const each of progress) {
        if (!each.intended) applySteps(each.steps, known);
        replay.add(each);
      }
      for (const step of replay.beyond) onReported(step);
      known.complete = header!.index;
      known.aheadUntil = header!.aheadUntil;
      if (position!.at >= known.aheadUntil) known.settle();
      return Promise.resolve(replay.uncertain);
    },
    rewrite(at, known) {
      const items = [...known.entries()].map((entry) => itemLine(...entry));
      disk.lines = [headerLine({ ...at, drive: 'd', index: known.complete, items: items.length, aheadUntil: known.aheadUntil }), ...items];
      appended = 0;
      return Promise.resolve();
    },
    logIntent(steps) {
      if (disk.lines.length > 0) disk.lines.push(progressLine(steps, undefined, { intended: true }));
      return Promise.resolve();
    },
    logDone: (steps) => append(progressLine(steps, undefined)),
    commit: (at, steps, ahead) => append(progressLine(steps, at, { ahead })),
    close: () => Promise.resolve(),
  };
}
