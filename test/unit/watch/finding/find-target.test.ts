import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { ChangeEvent } from '../../../../src/events.ts';
import { checkAddress, checkSingleDrive, findDrive, isBelow } from '../../../../src/watch/finding/find-target.ts';
import { readTarget } from '../../../../src/graph/target-words.ts';
import { commandScene, type CommandScene } from '../../commands/command-scene.ts';

let s: CommandScene;
beforeEach(() => {
  s = commandScene();
});
afterEach(() => {
  s.clean();
});

const change = (path: string | undefined, previous?: string): ChangeEvent => ({
  type: 'change', time: 0, target: 'me', change: 'moved', via: 'push',
  item: { id: 'x', folder: false, ...(path === undefined ? {} : { path }) },
  ...(previous === undefined ? {} : { previous: { path: previous } }),
});

describe('an address on the command line', () => {
  it('of another cloud is refused before anything is sent, with the flag to add', () => {
    expect(() => checkAddress(s.command(), 'https://contoso.sharepoint.us/sites/team')).toThrow(expect.objectContaining({ category: 'usage', hint: 'Add --cloud usgov.' }));
    expect(() => checkAddress(s.command({ settings: { cloud: 'usgov' } }), 'https://contoso.sharepoint.com/sites/team')).toThrow(expect.objectContaining({ hint: 'Add --cloud global.' }));
    expect(checkAddress(s.command({ settings: { cloud: 'usgov' } }), 'https://contoso.sharepoint.us/sites/team')).toMatchObject({ kind: 'path' });
  });

  it('of the emulator is accepted only while the emulator is in use', () => {
    const settings = { cloud: 'emulator', graphUrl: 'https://localhost:8443' } as const;
    expect(checkAddress(s.command({ settings }), 'https://localhost:8443/sites/team')).toMatchObject({ cloud: 'emulator' });
    expect(() => checkAddress(s.command(), 'https://localhost:8443/sites/team')).toThrow('not a OneDrive');
  });

  it('becomes a drive, and the folder below it', async () => {
    const answers: Record<string, unknown> = {
      '/sites/contoso.sharepoint.com:/sites/team': { id: 'site' },
      '/sites/site/drives': { value: [{ id: 'b!docs', name: 'Documents', webUrl: 'https://contoso.sharepoint.com/sites/team/Shared%20Documents' }] },
      '/drives/b!docs/root:/Reports': { folder: {} },
    };
    const get = (path: string) => Promise.resolve({ status: 200, headers: {}, body: answers[path.replace(/\?.*/, '')] });
    const find = (text: string) => findDrive(s.command(), { kind: 'address', address: text }, { get, signal: new AbortController().signal, redeem: false });
    expect(await find('https://contoso.sharepoint.com/sites/team/Shared%20Documents')).toEqual({ target: { kind: 'drive', driveId: 'b!docs' }, below: undefined, name: 'Documents' });
    expect(await find('https://contoso.sharepoint.com/sites/team/Shared%20Documents/Reports')).toEqual({ target: { kind: 'drive', driveId: 'b!docs' }, below: '/Reports', name: 'Documents/Reports' });
  });
});

describe('a wanted target', () => {
  const check = (...words: string[]) => () => checkSingleDrive(s.command(), readTarget(words));

  it('must be one drive, or is refused before anything is sent', () => {
    expect(check('drive:b!x')).not.toThrow();
    expect(check('https://contoso.sharepoint.com/sites/team')).not.toThrow();
    for (const word of ['drive:..', 'https://contoso.sharepoint.us/sites/team']) expect(check(word)).toThrow(expect.objectContaining({ category: 'usage' }));
    expect(check('site:contoso.sharepoint.com')).toThrow(expect.objectContaining({ category: 'usage', hint: expect.stringContaining('list <site> <list>') }));
  });

  it('that is not an address is found without a request', async () => {
    const get = () => Promise.reject(new Error('asked'));
    const { signal } = new AbortController();
    expect(await findDrive(s.command(), { kind: 'target', target: { kind: 'me' } }, { get, signal, redeem: false })).toEqual({ target: { kind: 'me' }, below: undefined, name: undefined });
  });
});

describe('what is below a folder', () => {
  it.each<[string | undefined, string | undefined, boolean]>([
    ['/Reports', undefined, true],
    ['/Reports/Q3.xlsx', undefined, true],
    ['/reports/Q3.XLSX', undefined, true],
    ['/Reports 2025/Q3.xlsx', undefined, false],
    ['/Other/Reports', undefined, false],
    ['/Other/a.txt', '/Reports/a.txt', true],
    [undefined, undefined, false],
  ])('%j, before %j: %j', (path, previous, passes) => {
    expect(isBelow('/Reports')(change(path, previous))).toBe(passes);
  });

  it('includes names with special characters of globs, and accents in either form', () => {
    expect(isBelow('/[a]{b}*')(change('/[a]{b}*/x'))).toBe(true);
    expect(isBelow('/[a]{b}*')(change('/ab/x'))).toBe(false);
    expect(isBelow('/Re\u0301sume\u0301')(change('/R\u00e9sum\u00e9/x'))).toBe(true);
  });
});
