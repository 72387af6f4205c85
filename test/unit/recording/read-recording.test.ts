import { describe, expect, it } from '@jest/globals';
import { readRecording, type Problem } from '../../../src/recording/read-recording.ts';

const READY = '{"type":"ready","time":"2026-11-24T13:54:51.373Z","target":"me"}';

async function* inPieces(text: string): AsyncGenerator<string> {
  for (let at = 0; at < text.length; at += 7) yield await Promise.resolve(text.slice(at, at + 7));
}

async function read(text: string): Promise<{ events: number; problems: Problem[] }> {
  const problems: Problem[] = [];
  let events = 0;
  for await (const _event of readRecording(inPieces(text), 'x.ndjson', (problem) => problems.push(problem))) events += _event.time > 0 ? 1 : 0;
  return { events, problems };
}

describe('a recording', () => {
  it('may be empty, have empty lines, and lack its last newline', async () => {
    expect(await read('')).toEqual({ events: 0, problems: [] });
    expect(await read(`\r\n${READY}\r\n  \n${READY}`)).toEqual({ events: 2, problems: [] });
  });

  it('left by a killed process ends in the middle of a line', async () => {
    expect(await read(`${READY}\n${READY.slice(0, -9)}`)).toEqual({ events: 1, problems: [{ kind: 'cut', line: 2, why: 'not JSON' }] });
    expect(await read('{"ty')).toEqual({ events: 0, problems: [{ kind: 'cut', line: 1, why: 'not JSON' }] });
  });

  it('is read on after damaged or unknown records, and each is reported with its line', async () => {
    const { events, problems } = await read(`oops\n${READY}\n{"type":"stats","time":"x"}\n${READY.slice(0, -9)}\n${READY}\n`);
    expect(events).toBe(2);
    expect(problems).toEqual([{ kind: 'damaged', line: 1, why: 'not JSON' }, { kind: 'unknown', line: 3, why: 'stats' }, { kind: 'damaged', line: 4, why: 'not JSON' }]);
  });
});

it.each([['a text', 'To whom it may concern:\n\nno.\n'], ['a text without a newline', 'hello'], ['other JSON', '{\n  "a": 1\n}\n'], ['an endless one', 'no\n'.repeat(20) + READY]])('%s is not a recording', async (_what, text) => {
  await expect(read(text)).rejects.toThrow('x.ndjson is not a recording');
});
