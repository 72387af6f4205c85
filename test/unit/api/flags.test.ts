import { describe, expect, it } from '@jest/globals';
import { changeFlags, checkNames, wantedTarget } from '../../../src/api/flags.ts';
import { WatchError } from '../../../src/errors.ts';
import type { WatchTarget } from '../../../src/api/options.ts';

describe('a target', () => {
  it.each<[WatchTarget, unknown]>([
    ['me', { kind: 'target', target: { kind: 'me' } }],
    ['drive:b!abcdef', { kind: 'target', target: { kind: 'drive', driveId: 'b!abcdef' } }],
    [{ drive: 'b!abcdef' }, { kind: 'target', target: { kind: 'drive', driveId: 'b!abcdef' } }],
    [{ group: '11111111-2222-3333-4444-555555555555' }, { kind: 'target', target: { kind: 'group', groupId: '11111111-2222-3333-4444-555555555555' } }],
    [{ user: 'ada@example.com' }, { kind: 'target', target: { kind: 'user', user: 'ada@example.com' } }],
    [{ site: 'contoso.sharepoint.com:/sites/team', list: 'Documents' }, { kind: 'target', target: { kind: 'list', site: 'contoso.sharepoint.com:/sites/team', list: 'Documents' } }],
    [{ url: new URL('https://contoso.sharepoint.com/sites/team') }, { kind: 'address', address: 'https://contoso.sharepoint.com/sites/team' }],
  ])('%j is read as on the command line', (target, wanted) => {
    expect(wantedTarget(target)).toEqual(wanted);
  });

  it.each([undefined, null, 5, {}, 'nothing', { drive: 'ada@example.com' }])('%j is refused', (target) => {
    expect(() => wantedTarget(target as WatchTarget)).toThrow(WatchError);
  });
});

describe('the options', () => {
  it('map to the flags of the same names', () => {
    expect(changeFlags({
      token: 'x', index: true, sharing: true, recheck: '1h', since: new Date(0), path: '/a/**', change: ['created', 'deleted'], only: 'files', by: 'ada', notBy: ['me'], notApp: 'app', once: true, after: 'c', notifications: true,
    })).toEqual({
      changes: true, index: true, sharing: true, recheck: 3_600_000, since: '1970-01-01T00:00:00.000Z', path: ['/a/**'], change: ['created', 'deleted'], only: 'files', by: ['ada'], notBy: ['me'], notApp: ['app'], once: true, after: 'c', notifications: true,
    });
    expect(changeFlags({ poll: 'auto' })).toEqual({ changes: true, poll: 'auto' });
    expect(changeFlags({ poll: 5_000 })).toEqual({ changes: true, poll: 5_000 });
    expect(changeFlags({ poll: '30s', since: '2h' })).toEqual({ changes: true, poll: 30_000, since: '2h' });
  });

  it('distinguish the path of a position from a name', () => {
    expect(changeFlags({ resume: './position' }).resume).toBe(true);
    expect(changeFlags({ resume: { load: () => null, save: () => undefined } }).resume).toBe(true);
    expect(changeFlags({ resume: 'nightly' }).resume).toBe('nightly');
  });

  it.each<[string, unknown]>([
    ['poll', 0], ['poll', -5], ['poll', Number.NaN], ['poll', 'soon'], ['recheck', Infinity], ['since', new Date('nonsense')], ['change', 'vanished'], ['change', ['created', 'x']], ['only', 'links'], ['ack', 'never'], ['path', 5], ['by', ['ada', null]], ['notBy', {}], ['notApp', [undefined]], ['since', 5], ['after', 5], ['once', 'yes'], ['index', 1],
  ])('%s: %p is refused', (name, value) => {
    expect(() => changeFlags({ [name]: value })).toThrow(WatchError);
  });

  it('must have a known name', () => {
    expect(() => { checkNames('changes', { token: 'x', notBy: 'me', lifecycle: true }); }).not.toThrow();
    expect(() => { checkNames('changes', { token: 'x', notby: 'me' }); }).toThrow('Unknown option "notby".');
    expect(() => { checkNames('watch', { token: 'x', path: '/a' }); }).toThrow('Unknown option "path".');
  });
});
