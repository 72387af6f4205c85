import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { drivePath, endpointPath, targetName, type Target } from '../../../src/graph/targets.ts';

const GUID = 'da60e844-ba1d-49bc-b4d4-d5e36bae9019';
const list = (site: string, name = 'Documents'): Target => ({ kind: 'list', site, list: name });

describe('the endpoint\'s path', () => {
  it.each<[Target, string]>([
    [{ kind: 'me' }, '/me/drive/root/subscriptions/socketIo'],
    [{ kind: 'drive', driveId: 'b!abc' }, '/drives/b!abc/root/subscriptions/socketIo'],
    [{ kind: 'drive-list', driveId: 'b!abc' }, '/drives/b!abc/list/subscriptions/socketIo'],
    [{ kind: 'group', groupId: GUID }, `/groups/${GUID}/drive/root/subscriptions/socketIo`],
    [list(`contoso.sharepoint.com,${GUID},${GUID}`, GUID), `/sites/contoso.sharepoint.com,${GUID},${GUID}/lists/${GUID}/drive/root/subscriptions/socketIo`],
  ])('of %j is %s', (target, path) => {
    expect(endpointPath(target)).toBe(path);
  });

  it('accepts a site as host:/path, with or without the closing colon', () => {
    for (const site of ['contoso.sharepoint.com:/sites/Team A', 'contoso.sharepoint.com:/sites/Team A:', 'contoso.sharepoint.com:/sites//Team A/']) {
      expect(drivePath(list(site))).toBe('/sites/contoso.sharepoint.com:/sites/Team%20A:/lists/Documents/drive');
    }
  });

  it('accepts a site as the URL that a browser shows, of the site or of a page in it', () => {
    for (const rest of ['', '/', '/SitePages/Home.aspx?a=1#b', '/Shared%20Documents/Forms/AllItems.aspx']) {
      expect(drivePath(list(`https://contoso.sharepoint.com/sites/Team%20A${rest}`))).toBe('/sites/contoso.sharepoint.com:/sites/Team%20A:/lists/Documents/drive');
    }
    expect(drivePath(list('https://contoso-my.sharepoint.com/personal/ada_contoso_com'))).toBe('/sites/contoso-my.sharepoint.com:/personal/ada_contoso_com:/lists/Documents/drive');
  });

  it('accepts a root site as its host, in each spelling', () => {
    for (const site of ['contoso.sharepoint.com', ' contoso.sharepoint.com ', 'contoso.sharepoint.com:/', 'https://contoso.sharepoint.com', 'https://contoso.sharepoint.com/SitePages/Home.aspx', 'https://contoso.sharepoint.com/sites']) {
      expect(drivePath(list(site))).toBe('/sites/contoso.sharepoint.com/lists/Documents/drive');
    }
  });

  it('accepts a list by its title, whatever it contains', () => {
    expect(drivePath(list('contoso.sharepoint.com', 'Q3 / 50% #1?'))).toBe('/sites/contoso.sharepoint.com/lists/Q3%20%2F%2050%25%20%231%3F/drive');
  });

  it.each<Target>([
    { kind: 'drive', driveId: '' }, { kind: 'drive', driveId: '  ' }, { kind: 'drive', driveId: '.' }, { kind: 'drive', driveId: '..' },
    { kind: 'drive', driveId: 'a\ud800' }, { kind: 'drive-list', driveId: '' }, { kind: 'group', groupId: '..' },
    list(''), list('..'), list('contoso.sharepoint.com', ''), list('contoso.sharepoint.com', '..'),
    list('contoso.sharepoint.com:/sites/../admin'), list('contoso.sharepoint.com:sites/team'), list(':/sites/team'),
    list('https://contoso.sharepoint.com/sites/%ZZ'), list('https://'), list('https://contoso.sharepoint.com/sites/..%2F..'),
    list('https://contoso.sharepoint.com/:f:/s/Team/EabcdeFGHIJ?e=abc'),
  ])('refuses %j with a usage error', (target) => {
    expect(() => endpointPath(target)).toThrow(expect.objectContaining({ category: 'usage' }));
  });
});

describe('an id', () => {
  const nasty = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.string({ unit: 'grapheme' }),
    fc.array(fc.constantFrom('.', '..', '/', '\\', '%2e', '%2F', '?', '#', ':', ';', '@', '\n', '\u0000', 'a', 'https://h', 'sites'), { maxLength: 6 }).map((parts) => parts.join('')),
  );
  /** The segments that a server sees, after URL parsing has resolved dots. */
  const segments = (path: string): string[] => {
    const url = new URL(`https://graph.test/v1.0${path}`);
    expect(url.search + url.hash + url.username).toBe('');
    expect(url.host).toBe('graph.test');
    return url.pathname.split('/').slice(1);
  };
  const pathOrUsageError = (target: Target): string | undefined => {
    try {
      return endpointPath(target);
    } catch (error) {
      expect(error).toMatchObject({ category: 'usage' });
      return undefined;
    }
  };

  it('cannot leave its segment of the path, or add another', () => {
    fc.assert(fc.property(nasty, (id) => {
      const drive = pathOrUsageError({ kind: 'drive', driveId: id });
      if (drive !== undefined) expect(segments(drive)).toEqual(['v1.0', 'drives', expect.anything(), 'root', 'subscriptions', 'socketIo']);
      const through = pathOrUsageError({ kind: 'drive-list', driveId: id });
      if (through !== undefined) expect(segments(through)).toEqual(['v1.0', 'drives', expect.anything(), 'list', 'subscriptions', 'socketIo']);
      const group = pathOrUsageError({ kind: 'group', groupId: id });
      if (group !== undefined) expect(segments(group)).toEqual(['v1.0', 'groups', expect.anything(), 'drive', 'root', 'subscriptions', 'socketIo']);
    }), { numRuns: 1000 });
  });

  it('is the given one when decoded', () => {
    fc.assert(fc.property(nasty, (id) => {
      const path = pathOrUsageError({ kind: 'drive', driveId: id });
      if (path !== undefined) expect(decodeURIComponent(segments(path)[2] ?? '')).toBe(id);
    }));
  });

  it('of a site or a list cannot leave its segments either, in any spelling', () => {
    fc.assert(fc.property(nasty, nasty, (site, name) => {
      for (const spelling of [site, `h:/${site}`, `https://h/${site}`, `https://h/sites/${site}`]) {
        const path = pathOrUsageError({ kind: 'list', site: spelling, list: name });
        if (path === undefined) continue;
        const found = segments(path);
        expect(found.slice(0, 2)).toEqual(['v1.0', 'sites']);
        expect(found.slice(-6)).toEqual(['lists', expect.anything(), 'drive', 'root', 'subscriptions', 'socketIo']);
        const address = found.slice(2, -6);
        expect(address.length).toBeGreaterThan(0);
        // More than one segment only between the colons of host:/path:
        if (address.length > 1) expect([address[0]?.endsWith(':'), address.at(-1)?.endsWith(':')]).toEqual([true, true]);
      }
    }), { numRuns: 1000 });
  });
});

describe('a target\'s name', () => {
  it.each<[Target, string]>([
    [{ kind: 'me' }, 'me'],
    [{ kind: 'drive', driveId: 'b!abc' }, 'drive:b!abc'],
    [{ kind: 'drive-list', driveId: 'b!abc' }, 'drive-list:b!abc'],
    [{ kind: 'group', groupId: GUID }, `group:${GUID}`],
    [list('https://contoso.sharepoint.com/sites/Team%20A', 'My Docs'), 'list:https://contoso.sharepoint.com/sites/Team%20A/My Docs'],
  ])('of %j is %s, as given', (target, name) => {
    expect(targetName(target)).toBe(name);
  });
});
