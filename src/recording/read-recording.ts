import { usageError } from '../errors.ts';
import { LineSplitter, type Line } from '../lib/lines.ts';
import { readRecord, type RecordedEvent } from './record.ts';

/** Problem is a line of a recording that is not an event. */
export interface Problem {
  /** `unknown`: of a later version, or of another program; `cut`: the last line, which a killed process did not finish. */
  kind: 'unknown' | 'damaged' | 'cut';
  line: number;
  why: string;
}

/** A payload has 16 MiB at most, and JSON may spell each byte of it with six characters. */
const LONGEST_LINE = 97 * 1024 * 1024;
/** A file that begins with this many lines that are not records is refused. */
const FOREIGN_LINES = 20;

/**
 * `readRecording` yields the events of a recording, in order. Everything else in it is passed to `onProblem`, and skipped.
 * Rejects with a usage error if it is not a recording at all (`name` is its name in messages), and with any error from reading the text.
 */
export async function* readRecording(text: AsyncIterable<string>, name: string, onProblem: (problem: Problem) => void): AsyncGenerator<RecordedEvent, void, undefined> {
  const lines = new LineSplitter(LONGEST_LINE);
  let records = 0;
  /** Damaged lines before the first record, held back: if the file turns out not to be a recording, no line is reported. */
  const foreign: Problem[] = [];
  const isForeign = (): boolean => records === 0 && foreign.length > 0;
  const read = (line: Line): RecordedEvent | undefined => {
    if (line.text.trim() === '') return undefined;
    const found = line.tooLong === undefined ? readRecord(line.text) : { damage: `${line.tooLong} characters long` };
    const isCut = 'damage' in found && line.cut && line.tooLong === undefined && line.text.startsWith('{');
    if (isCut) {
      onProblem({ kind: 'cut', line: line.number, why: found.damage });
    } else if ('damage' in found) {
      const problem = { kind: 'damaged', line: line.number, why: found.damage } as const;
      if (records > 0) onProblem(problem);
      else if (foreign.push(problem) >= FOREIGN_LINES) throw notRecording(name);
    } else {
      records += 1;
      foreign.splice(0).forEach(onProblem);
      if ('event' in found) return found.event;
      onProblem({ kind: 'unknown', line: line.number, why: found.unknown });
    }
    return undefined;
  };
  for await (const piece of text) {
    for (const line of lines.push(piece)) {
      const event = read(line);
      if (event !== undefined) yield event;
    }
  }
  const last = lines.end();
  const event = last === undefined ? undefined : read(last);
  if (event !== undefined) yield event;
  if (isForeign()) throw notRecording(name);
}

function notRecording(name: string): Error {
  return usageError(`${name} is not a recording: it contains no records of graph-watch.`, 'Recordings are what watch --record, watch -o ndjson and watch -o cloudevents write.');
}
