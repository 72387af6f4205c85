import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import picomatch from 'picomatch';
import { createFilter, type FilterOptions } from '../../../../src/changes/filter/filter.ts';
import { pathGlob } from '../../../../src/changes/filter/path-glob.ts';
import type { ChangeEvent, ChangeKind } from '../../../../src/events.ts';
import type { Identity } from '../../../../src/identity.ts';

const KINDS: readonly ChangeKind[] = ['created', 'modified', 'renamed', 'moved', 'deleted', 'unknown'];
const ADA = { user: { id: 'ada-id', displayName: 'Ada Lovelace', email: 'ada@contoso.com' } };

function change(over: Partial<Omit<ChangeEvent, 'item'>> & { item?: Partial<ChangeEvent['item']> } = {}): ChangeEvent {
  const { item, ...rest } = over;
  return { type: 'change', time: 0, target: 'me', change: 'modified', via: 'push', ...rest, item: { id: '1', folder: false, path: '/Reports/Q3.xlsx', ...item } };
}

const nobody = (): Promise<Identity> => Promise.reject(new Error('nobody asked for this'));

async function passes(options: FilterOptions, event: ChangeEvent, me: () => Promise<Identity> = nobody): Promise<boolean> {
  return (await createFilter(options, me))(event);
}

describe('a path glob', () => {
  it.each([
    ['/Reports/**', '/Reports/2026/Q3.xlsx', true],
    ['/Reports/**', '/Reports', true],
    ['/Reports/**', '/ReportsOld/a', false],
    ['Reports/**', '/Reports/a', true],
    ['/reports/*.XLSX', '/Reports/q3.xlsx', true],
    ['/Reports/*', '/Reports/2026/Q3.xlsx', false],
    ['/Reports/', '/Reports/2026/Q3.xlsx', true],
    ['**/*.xlsx', '/Q3.xlsx', true],
    ['/**/*.xlsx', '/Q3.xlsx', true],
    ['*.xlsx', '/Reports/Q3.xlsx', false],
    ['**', '/', true],
    ['/', '/', true],
    ['/', '/a', false],
    ['**/.git/**', '/code/.git/HEAD', true],
    ['**/*.{xlsx,docx}', '/a/b.DOCX', true],
    ['/Report (1).xlsx', '/Report (1).xlsx', true],
    ['/Old (copies)/**', '/Old (copies)/a', true],
    ['/@(a|b)/*', '/b/c', true],
    ['/!(Archive)/**', '/Archive/a', false],
    ['/!(Archive)/**', '/Reports/a', true],
    ['/a\\[1\\].txt', '/a[1].txt', true],
    ['/it\'s/*', '/it\'s/here', true],
    ['/Cafe\u0301/*', '/Caf\u00e9/menu', true],
  ])('%s and %s: %s', (glob, path, expected) => {
    expect(pathGlob(glob)(path)).toBe(expected);
  });

  it.each(['', '!/Archive/**', '/a[', '/a{b', '/@(a', '/[z-a]'])('refuses %j as wrong usage', (glob) => {
    expect(() => pathGlob(glob)).toThrow(expect.objectContaining({ category: 'usage' }));
  });

  it.each([
    ['/a{1..3}', '/a2', true],
    ['/a{08..10}', '/a09', true],
    ['/a{1..3}', '/a4', false],
    ['/{c..a}', '/b', true],
    ['/{5f0c2a9b}', '/{5f0c2a9b}', true],
    ['/a]b}c)d', '/a]b}c)d', true],
    ['/[!a-c]x', '/dx', true],
    ['/[!a-c]x', '/bx', false],
    ['/[]-]', '/]', true],
    ['/*(ab)c', '/ababc', true],
    ['/+(ab)c', '/c', false],
    ['/?(ab)c', '/c', true],
    ['/!(*.tmp)', '/a.tmp', false],
    ['/!(*.tmp)', '/a.tmpx', true],
    ['/a**b', '/axxb', true],
    ['/a**b', '/ax/xb', false],
    ['/@(a|b/c)/**', '/b/c/d', true],
    ['/**/b', '/a/xb', false],
    ['/a/**/b', '/a/b', true],
    ['/ΑΣ*', '/ΑΣΑ', true],
    ['/Straße', '/STRASSE', true],
    ['/?', '/\u{1F600}', true],
    ['*', '/', false],
  ])('%s and %s: %s (special cases)', (glob, path, expected) => {
    expect(pathGlob(glob)(path)).toBe(expected);
  });

  it.each(['/*(*(a))', '/!(a|+(b))', '/{1..100000}', `/${'a'.repeat(2_000)}`])('refuses a glob that would be too much work, as wrong usage: %.20s', (glob) => {
    expect(() => pathGlob(glob)).toThrow(expect.objectContaining({ category: 'usage' }));
  });

  it.each([`${'*a'.repeat(40)}b`, `${'**/a/'.repeat(40)}b`, '+(a|aa|aaa|@(a|a)?(a))b', `${'!(b)'.repeat(20)}c`, `${'{a,aa,*}'.repeat(30)}b`, `${'?(a)'.repeat(200)}b`])(
    'finishes even on hostile paths: %.20s', (glob) => {
      for (const path of [`/${'a'.repeat(400)}`, `/${'a/'.repeat(200)}`, `/${'a'.repeat(1_000_000)}`]) expect(pathGlob(`/${glob}`)(path)).toBe(false);
    },
  );

  it('means the same as in picomatch', () => {
    const token = fc.constantFrom('a', 'b', 'ab', '*', '{a,b}', '{a,bb}', '@(a|b)', '?(a)', '+(a|b)', '*(ab)', '[ab]');
    // picomatch reads a "?" after a group as its quantifier, and differs for names that may be empty and for "a*/**".
    const name = fc.tuple(fc.constantFrom('a', 'b', '?', '{a,b}', '@(a|b)', '+(a|b)', '[ab]'), fc.array(token, { maxLength: 2 })).map(([first, tokens]) => `${first}${tokens.join('')}`).filter((text) => !text.includes('**'));
    const glob = fc.array(fc.oneof(name, name, fc.constant('**')), { minLength: 1, maxLength: 4 }).map((names) => names.join('/')).filter((text) => !text.includes('**/**') && !text.endsWith('*/**'));
    const path = fc.array(fc.string({ unit: fc.constantFrom('a', 'b'), minLength: 1, maxLength: 4 }), { minLength: 1, maxLength: 4 }).map((names) => names.join('/'));
    fc.assert(fc.property(glob, path, (pattern, text) => {
      expect(pathGlob(`/${pattern}`)(`/${text}`)).toBe(picomatch.makeRe(pattern, { windows: false, nocase: true, dot: true, nonegate: true }).test(text));
    }), { numRuns: 1_000 });
  });

  // No name in OneDrive has any of " * : < > ? / \ | in it.
  it('matches any OneDrive name whose special characters are escaped', () => {
    fc.assert(fc.property(fc.string({ unit: 'grapheme', minLength: 1 }).filter((name) => !/["*:<>?/\\|\p{Cc}\p{Zl}\p{Zp}]/u.test(name) && name !== '.' && name !== '..'), (name) => {
      const escaped = name.replace(/[!+@()[\]{}^$.,'-]/g, '\\$&');
      expect(pathGlob(`/${escaped}`)(`/${name}`)).toBe(true);
    }));
  });
});

describe('a filter', () => {
  it('also matches the previous path of a renamed, moved or deleted item, but of no other', async () => {
    const options = { path: ['/Old/**'] };
    for (const kind of KINDS) {
      const event = change({ change: kind, item: { path: '/New/a' }, previous: { path: '/Old/a' } });
      expect([kind, await passes(options, event)]).toEqual([kind, ['renamed', 'moved', 'deleted'].includes(kind)]);
    }
  });

  it('by path excludes changes whose path is unknown', async () => {
    expect(await passes({ path: ['**'] }, { ...change(), item: { id: '1', name: 'a', folder: false } })).toBe(false);
  });

  it('distinguishes files from folders', async () => {
    expect(await passes({ only: 'folders' }, change({ item: { folder: true } }))).toBe(true);
    expect(await passes({ only: 'files' }, change({ item: { folder: true } }))).toBe(false);
  });

  it.each(['Ada Lovelace', 'ADA@contoso.com', ' ada-ID '])('recognizes a person as %s', async (name) => {
    const event = change({ item: { lastModifiedBy: ADA } });
    expect(await passes({ by: [name] }, event)).toBe(true);
    expect(await passes({ notBy: [name] }, event)).toBe(false);
  });

  it('recognizes a person by the user principal name, too', async () => {
    expect(await passes({ by: ['ada@x'] }, change({ item: { lastModifiedBy: { user: { userPrincipalName: 'ada@x' } } } }))).toBe(true);
  });

  it('treats a change without an author as made by nobody', async () => {
    expect(await passes({ by: ['ada'] }, change())).toBe(false);
    expect(await passes({ notBy: ['ada'] }, change())).toBe(true);
    expect(await passes({ notApp: ['app'] }, change())).toBe(true);
  });

  it('excludes the signed-in user\'s changes, but not those of a namesake', async () => {
    let asked = 0;
    const me = (): Promise<Identity> => {
      asked += 1;
      return Promise.resolve({ id: 'ada-id', displayName: 'Ada Lovelace' });
    };
    const filter = await createFilter({ notBy: ['Me', 'grace'] }, me);
    expect(filter(change({ item: { lastModifiedBy: ADA } }))).toBe(false);
    expect(filter(change({ item: { lastModifiedBy: { user: { id: 'other', displayName: 'Ada Lovelace' } } } }))).toBe(true);
    expect(filter(change({ item: { lastModifiedBy: { user: { displayName: 'Grace' } } } }))).toBe(false);
    expect(asked).toBe(1);
  });

  it('lets only the signed-in user\'s changes through, and those of others that it names', async () => {
    const me = (): Promise<Identity> => Promise.resolve({ id: 'ada-id', displayName: 'Ada Lovelace' });
    const filter = await createFilter({ by: [' ME ', 'grace'] }, me);
    expect(filter(change({ item: { lastModifiedBy: ADA } }))).toBe(true);
    expect(filter(change({ item: { lastModifiedBy: { user: { displayName: 'Grace' } } } }))).toBe(true);
    expect(filter(change({ item: { lastModifiedBy: { user: { id: 'other', displayName: 'Ada Lovelace' } } } }))).toBe(false);
    expect(filter(change({ item: { lastModifiedBy: { user: { displayName: 'me' } } } }))).toBe(false);
    expect(filter(change())).toBe(false);
  });

  it('checks its values before it asks who is signed in', async () => {
    await expect(createFilter({ by: ['me', ' '] }, nobody)).rejects.toMatchObject({ category: 'usage' });
  });

  it('goes by the signed-in user\'s display name if nothing else is known', async () => {
    const filter = await createFilter({ notBy: ['me'] }, () => Promise.resolve({ displayName: 'Ada Lovelace' }));
    expect(filter(change({ item: { lastModifiedBy: ADA } }))).toBe(false);
  });

  it('excludes an application by its id', async () => {
    const event = change({ item: { lastModifiedBy: { application: { id: 'APP-1', displayName: 'sync' } } } });
    expect(await passes({ notApp: ['app-1'] }, event)).toBe(false);
    expect(await passes({ notApp: ['sync'] }, event)).toBe(true);
  });

  it.each<FilterOptions>([{ by: ['  '] }, { notBy: [''] }, { notApp: [''] }, { path: [''] }])('refuses %j as wrong usage', async (options) => {
    await expect(createFilter(options, nobody)).rejects.toMatchObject({ category: 'usage' });
  });
});

describe('the laws of filters', () => {
  const word = fc.constantFrom('Reports', 'Archive', 'a', 'b');
  const path = fc.array(word, { minLength: 1, maxLength: 3 }).map((parts) => `/${parts.join('/')}`);
  const person = fc.constantFrom('ada', 'grace', 'me-too');
  const event = fc.record({ kind: fc.constantFrom(...KINDS), path, previous: path, folder: fc.boolean(), who: fc.option(person), app: fc.option(word) })
    .map(({ kind, path: at, previous, folder, who, app }) => change({
      change: kind, previous: { path: previous },
      item: { path: at, folder, lastModifiedBy: { ...(who === null ? {} : { user: { displayName: who } }), ...(app === null ? {} : { application: { id: app } }) } },
    }));
  const globs = fc.array(fc.oneof(path, path.map((at) => `${at}/**`), fc.constant('**/a')), { minLength: 1, maxLength: 3 });
  const kinds = fc.array(fc.constantFrom(...KINDS), { minLength: 1, maxLength: 3 });
  const people = fc.array(person, { minLength: 1, maxLength: 2 });
  const options: fc.Arbitrary<FilterOptions> = fc.record({
    path: globs, change: kinds, only: fc.constantFrom<'files' | 'folders'>('files', 'folders'), by: people, notBy: people, notApp: fc.array(word, { minLength: 1, maxLength: 2 }),
  }, { requiredKeys: [] });

  it('values of one key are alternatives', async () => {
    await fc.assert(fc.asyncProperty(event, globs, globs, kinds, kinds, people, people, async (one, g1, g2, k1, k2, p1, p2) => {
      expect(await passes({ path: [...g1, ...g2] }, one)).toBe((await passes({ path: g1 }, one)) || (await passes({ path: g2 }, one)));
      expect(await passes({ change: [...k1, ...k2] }, one)).toBe((await passes({ change: k1 }, one)) || (await passes({ change: k2 }, one)));
      expect(await passes({ by: [...p1, ...p2] }, one)).toBe((await passes({ by: p1 }, one)) || (await passes({ by: p2 }, one)));
      expect(await passes({ notBy: [...p1, ...p2] }, one)).toBe((await passes({ notBy: p1 }, one)) && (await passes({ notBy: p2 }, one)));
    }));
  });

  it('different keys must all match', async () => {
    await fc.assert(fc.asyncProperty(event, options, async (one, all) => {
      let every = true;
      for (const [key, value] of Object.entries(all as Record<string, unknown>)) every = (await passes({ [key]: value }, one)) && every;
      expect(await passes(all, one)).toBe(every);
    }));
  });

  it('no options let everything through', async () => {
    await fc.assert(fc.asyncProperty(event, async (one) => {
      expect(await passes({}, one)).toBe(true);
      expect(await passes({ path: [], change: [], by: [], notBy: [], notApp: [] }, one)).toBe(true);
    }));
  });
});
