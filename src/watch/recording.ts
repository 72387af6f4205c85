import { fstatSync } from 'node:fs';
import { usageError } from '../errors.ts';
import { refusedBySystem } from '../lib/system-errors.ts';
import { safeText } from '../output/safe-text.ts';
import { Recorder } from '../recording/recorder.ts';
import { isSame } from '../recording/recording-file.ts';
import { RotatingFile } from '../recording/rotating-file.ts';
import type { CommandContext } from '../app/context.ts';
import type { Output } from '../surroundings.ts';
import { jsonLine } from './format.ts';
import type { Handler } from './handlers.ts';
import type { RecordOptions } from './options/record-options.ts';

/** How long to wait for another process that may be writing the end of the file, in milliseconds. */
const LOOK_AGAIN_MS = 100;

/**
 * `createRecording` creates the handler that writes every record to a file, as `-o ndjson --lifecycle` prints it. Opens the
 * file: rejects with a usage error if that cannot be written to, or is where stdout goes.
 */
export async function createRecording(context: CommandContext, { path, mostBytes, mostFiles }: RecordOptions, signal: AbortSignal): Promise<Handler> {
  const { surroundings: { clock, stdout }, people } = context;
  const file = new RotatingFile({
    path, mostBytes, mostFiles,
    pause: () => clock.sleep(LOOK_AGAIN_MS, signal),
    onMended: (bytes) => { people.warn(safeText(`${path} ended in the middle of a record: removed the last ${bytes} bytes`)); },
  });
  await refusedBySystem(`The recording ${path} cannot be written`, 'Choose another path.', async () => {
    const { stats } = await file.open();
    if (isSameAs(stdout, stats)) throw usageError(`stdout goes to the recording ${path}.`, 'Redirect it to another file, or leave out --record.');
  });
  const recorder = new Recorder({
    file, path, clock, signal,
    onTrouble: (reason) => {
      people.warn(safeText(reason === undefined ? `${path} is writable again; the recording continues` : `couldn't write to the recording ${path} (${reason}); retrying for a minute, then the watch ends`));
    },
  });
  const json = jsonLine(context, 'ndjson', true);
  return {
    failed: recorder.failed,
    get undone() {
      return recorder.undone;
    },
    add: async (event, origin) => {
      const line = json(event);
      if (line !== undefined) await recorder.add(line, { origin, counts: event.type === 'change' || event.type === 'notification' });
    },
    checkpoint: (_event, commit, stream) => recorder.checkpoint(commit, stream),
    drain: () => recorder.drain(),
    forget: (stream) => { recorder.forget(stream); },
    doneUpTo: (stream, last) => recorder.doneUpTo(stream, last),
    close: () => recorder.close(),
  };
}

function isSameAs(stdout: Output, file: { dev: number; ino: number }): boolean {
  const { fd } = stdout as { fd?: unknown };
  return typeof fd === 'number' && isSame(fstatSync(fd), file);
}
