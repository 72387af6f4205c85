import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { WatchError } from '../../../src/errors.ts';
import { isTargetWord, readTarget } from '../../../src/graph/target-words.ts';
import { targetName, type Target } from '../../../src/graph/targets.ts';

const target = (of: Target): object => ({ kind: 'target', target: of });
const list = (site: string, name: string): object => target({ kind: 'list', site, list: name });

describe('a target in words', () => {
  it.each<[string[], object]>([
    [['me'], target({ kind: 'me' })],
    [['drive', 'b!x'], target({ kind: 'drive', driveId: 'b!x' })],
    [['drive:b!x'], target({ kind: 'drive', driveId: 'b!x' })],
    [['drive-list:b!x'], target({ kind: 'drive-list', driveId: 'b!x' })],
    [['group:g'], target({ kind: 'group', groupId: 'g' })],
    [['user:ada@example.com'], target({ kind: 'user', user: 'ada@example.com' })],
    [['user', 'ada@example.com'], target({ kind: 'user', user: 'ada@example.com' })],
    [['site', 'example.com:/sites/a'], { kind: 'site', site: 'example.com:/sites/a' }],
    [['site:example.com:/sites/a'], { kind: 'site', site: 'example.com:/sites/a' }],
    [['list', 'example.com', 'Docs'], list('example.com', 'Docs')],
    [['list:example.com,1,2/Shared Documents'], list('example.com,1,2', 'Shared Documents')],
    [['list:example.com,1,2/A/B'], list('example.com,1,2', 'A/B')],
    [['list:example.com:/sites/a/b/Docs'], list('example.com:/sites/a/b', 'Docs')],
    [['list:https://contoso.sharepoint.com/sites/a//Docs'], list('https://contoso.sharepoint.com/sites/a/', 'Docs')],
    [['https://contoso.sharepoint.com/sites/a'], { kind: 'address', address: 'https://contoso.sharepoint.com/sites/a' }],
  ])('%j is read without any request', (words, wanted) => {
    expect(readTarget(words)).toEqual(wanted);
  });

  it.each([[], ['drive'], ['drive:'], ['me', 'too'], ['list', 'a', 'b', 'c'], ['folder', 'x'], ['drives:x']])('%j is wrong usage', (...words) => {
    expect(() => readTarget(words)).toThrow(expect.objectContaining({ category: 'usage', hint: expect.stringContaining('list <site> <list>') }));
  });

  it.each([
    [['list:example.com'], 'Which library of example.com?', 'graph-watch watch site example.com'],
    [['list', 'Docs'], 'Which site does the library "Docs" belong to?', 'graph-watch watch list <site> Docs'],
    [['user:Ada Lovelace'], 'not by display name: "Ada Lovelace"', 'For example: ada@contoso.com'],
    [['drive:ada@example.com'], 'the sign-in name of a user', 'graph-watch watch user ada@example.com'],
  ])('%j is recognized as something else, with what to write instead', (words, message, hint) => {
    expect(() => readTarget(words)).toThrow(expect.objectContaining({ category: 'usage', message: expect.stringContaining(message), hint: expect.stringContaining(hint) }));
  });

  it('is named in errors as it was written: in a line of a list, or as one word', () => {
    expect(() => readTarget(['drive', 'ada@example.com'], { command: '' })).toThrow(expect.objectContaining({ hint: 'To watch that user\'s OneDrive: user ada@example.com' }));
    expect(() => readTarget(['ada@example.com'], { command: 'graph-watch ls', oneWord: true })).toThrow(expect.objectContaining({ hint: 'To watch that user\'s OneDrive: graph-watch ls user:ada@example.com' }));
  });

  it('is the library\'s address if that is given instead of a list', () => {
    expect(readTarget(['list', 'https://contoso.sharepoint.com/sites/a/Docs'])).toEqual({ kind: 'address', address: 'https://contoso.sharepoint.com/sites/a/Docs' });
  });

  it('can be read back from its name in records', () => {
    const id = fc.stringMatching(/^(?:b![\w-]{8,}|[0-9a-f]{16}|[0-9]{1,9}[\w.?#-]*)$/);
    const user = fc.stringMatching(/^[a-z]{1,9}@[a-z]{1,9}\.com$/);
    const site = fc.constantFrom('example.com', 'example.com,1,2', 'example.com:/sites/a', 'example.com:/sites/a/b', 'https://example.com/sites/a/');
    const any = fc.oneof(
      fc.record({ kind: fc.constantFrom('drive', 'drive-list'), driveId: id }), fc.record({ kind: fc.constant('group'), groupId: id }), fc.record({ kind: fc.constant('user'), user }),
      fc.record({ kind: fc.constant('list'), site, list: fc.string({ minLength: 1 }).filter((name) => name.trim() !== '' && !/[/.:]/.test(name)) }),
    ) as fc.Arbitrary<Target>;
    fc.assert(fc.property(any, (one) => {
      expect(isTargetWord(targetName(one))).toBe(true);
      expect(readTarget([targetName(one)])).toEqual(target(one));
    }));
  });

  it('of any form is read or refused as wrong usage', () => {
    fc.assert(fc.property(fc.array(fc.oneof(fc.string(), fc.constantFrom('drive', 'list', 'list:', 'site', ':', '/'))), (words) => {
      try {
        expect(readTarget(words)).toHaveProperty('kind');
      } catch (error) {
        expect((error as WatchError).category).toBe('usage');
      }
    }));
  });
});
