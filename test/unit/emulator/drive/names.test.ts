import { describe, expect, it } from '@jest/globals';
import { freeName, isValidName } from '../../../../src/emulator/drive/names.ts';

describe('the name of an item', () => {
  it.each(['a', 'a.txt', '.hidden', 'Umläute é 漢字.md', "O'Neill & co #1 100% {x} +=@!.txt", 'console', 'a'.repeat(255)])('may be %s', (name) => {
    expect(isValidName(name)).toBe(true);
  });

  it.each(['', '.', '..', 'a/b', 'a\\b', 'a:b', 'a*', 'a?', '"a"', '<a>', 'a|b', ' a', 'a ', 'a.', 'a\0b', 'a\nb', 'CON', 'lpt1', 'desktop.ini', '.lock', '~$a.docx', 'a_vti_b', 'a'.repeat(256), 'é'.repeat(128)])(
    'may not be %j',
    (name) => {
      expect(isValidName(name)).toBe(false);
    },
  );

  it('gets the first free number', () => {
    const taken = new Set(['a 1.txt', 'a 2.txt', '.x 1', 'b 1']);
    const free = (name: string): string => freeName(name, (candidate) => taken.has(candidate));
    expect(['a.txt', 'b', '.x', 'a.b.c'].map(free)).toEqual(['a 3.txt', 'b 2', '.x 2', 'a.b 1.c']);
  });
});
