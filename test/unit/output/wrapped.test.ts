import { describe, expect, it } from '@jest/globals';
import { wrapped } from '../../../src/output/wrapped.ts';

describe('wrapped', () => {
  it.each<[string, string, string[]]>([
    ['leaves a line that fits as it is', 'twenty  characters  x', ['twenty  characters  x']],
    ['breaks between words', 'Check the spelling, from the root on', ['Check the spelling, from', 'the root on']],
    ['keeps an indentation', '    one two three four five', ['    one two three four', '    five']],
    ['keeps existing lines', 'one\n\ntwo', ['one', '', 'two']],
    ['keeps an address whole', 'see https://example.com/sites/Engineering now', ['see', 'https://example.com/sites/Engineering', 'now']],
    ['keeps a command whole', 'To list them: graph-watch login --scope A B', ['To list them:', 'graph-watch login --scope A B']],
    ['ends a command with its sentence', 'Run graph-watch drives Docs. Or name its site', ['Run', 'graph-watch drives Docs.', 'Or name its site']],
    ['ends a command with its clause', 'first graph-watch login, then the rest', ['first graph-watch login,', 'then the rest']],
    ['keeps a dot within a command', 'x graph-watch watch a@b.com --changes', ['x', 'graph-watch watch a@b.com --changes']],
    ['keeps a command and its prompt together', '$ graph-watch watch me --changes', ['$ graph-watch watch me --changes']],
    ['does not count colours', '\u001b[35mwarning:\u001b[39m one two three', ['\u001b[35mwarning:\u001b[39m one two three']],
  ])('%s', (_what, text, lines) => {
    expect(wrapped(text, 24).split('\n')).toEqual(lines);
  });

  it('loses no word, however narrow the terminal is', () => {
    const text = 'error: There is no /nope in the drive. Try graph-watch ls me /, or look at https://example.com/x';
    for (let room = 0; room < 120; room += 1) expect(wrapped(text, room).replaceAll('\n', ' ')).toBe(text);
  });
});
