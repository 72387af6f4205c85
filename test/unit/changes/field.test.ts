import { MOST_ITEMS_IN_ROUND } from '../../../src/changes/delta-reader.ts';
import { describe, expect, it } from '@jest/globals';
import { LOOK_UPS_PER_ROUND, LOOK_UPS_WITHIN_MS, UNAVAILABLE_MS } from '../../../src/changes/index/folder-look-ups.ts';
import { WatchError } from '../../../src/errors.ts';
import { startChanges, type ChangesScript, type ScriptOptions } from '../../support/changes-script.ts';
import { LINK, scriptedSource, type ScriptedSource } from '../../support/scripted-source.ts';
import { settle, steppedClock, type SteppedClock } from '../../support/stepped-clock.ts';

const MINUTE = 60_000;

interface Scene {
  clock: SteppedClock;
  source: ScriptedSource;
  script: ChangesScript;
  /** Runs one round with these items; returns what it reported. */
  round: (...items: Record<string, unknown>[]) => Promise<string[]>;
}

async function scene(more: Partial<ScriptOptions> = {}, prepare: (source: ScriptedSource, clock: SteppedClock) => void = () => undefined): Promise<Scene> {
  const clock = steppedClock();
  const source = scriptedSource();
  prepare(source, clock);
  const script = await startChanges({ source, clock, ...more });
  await clock.advance(10 * MINUTE);
  return {
    clock, source, script,
    async round(...items) {
      const before = script.events.length;
      source.rounds.push(items);
      script.tap();
      await clock.advance(10 * MINUTE);
      return script.history().slice(before);
    },
  };
}

const root = { id: 'R', name: 'root', root: {}, folder: {} };
const inRoot = { parentReference: { id: 'R', path: '/drives/d/root:' } };
/** An old item that was modified just now. */
function item(clock: SteppedClock, id: string, name: string, parentId: string, more: Record<string, unknown> = {}): Record<string, unknown> {
  const now = new Date(clock.now()).toISOString();
  return { id, name, eTag: now, createdDateTime: '2020-01-01T00:00:00Z', lastModifiedDateTime: now, parentReference: { id: parentId }, file: {}, ...more };
}

describe('looking up a folder', () => {
  it.each<[string, () => Error]>([
    ['500', () => new WatchError('network', 'Graph returned 500', { status: 500 })],
    ['423', () => new WatchError('refused', 'Graph returned 423', { status: 423 })],
    ['405', () => new WatchError('refused', 'Graph returned 405', { status: 405 })],
    ['401', () => new WatchError('auth', 'Graph returned 401', { status: 401 })],
    ['a day of Retry-After', () => new WatchError('network', 'Graph returned 503', { status: 503, retryAfterMs: 86_400_000 })],
  ])('costs only the path if it fails: %s', async (_what, failure) => {
    const { clock, source, script, round } = await scene();
    source.folders.set('R', root);
    source.folders.set('X', failure());
    expect(await round(item(clock, 'F', 'lost.txt', 'X'), item(clock, 'G', 'fine.txt', 'R'))).toEqual(['warning', 'modified F', 'modified /fine.txt']);
    expect(script.events.find(({ type }) => type === 'warning')).toMatchObject({ message: expect.stringMatching(/^couldn't look up a folder \(Graph returned \d+\); changes in it are reported without a path$/) });
    source.folders.set('X', { id: 'X', name: 'found', folder: {}, parentReference: { id: 'R' } });
    await clock.advance(UNAVAILABLE_MS);
    expect(await round(item(clock, 'F', 'lost.txt', 'X'))).toEqual(['modified /found/lost.txt']);
    await script.stop();
  });

  it('is tried twice', async () => {
    const { clock, source, script, round } = await scene();
    source.folders.set('R', root);
    source.folders.set('X', new WatchError('network', 'Graph returned 500'));
    const look = source.item.bind(source);
    source.item = (id, signal) => look(id, signal).finally(() => { source.folders.set('X', { id: 'X', name: 'x', folder: {}, parentReference: { id: 'R' } }); });
    expect(await round(item(clock, 'F', 'a', 'X'), item(clock, 'G', 'b', 'X'))).toEqual(['warning', 'modified /x/a', 'modified /x/b']);
    expect(source.asked.filter((asked) => asked === 'item X')).toHaveLength(2);
    await script.stop();
  });

  it('does not hold back a round forever if no answer comes', async () => {
    const { clock, source, script } = await scene();
    const signals: AbortSignal[] = [];
    source.item = (_id, signal) => {
      signals.push(signal);
      return new Promise(() => undefined);
    };
    source.rounds.push([item(clock, 'F', 'a', 'X'), item(clock, 'G', 'b', 'Y')]);
    script.tap();
    await clock.advance(LOOK_UPS_WITHIN_MS - 1);
    expect(script.changes()).toEqual([]);
    await clock.advance(1);
    expect(script.changes().map(({ item: { path, id } }) => path ?? id)).toEqual(['F', 'G']);
    expect(signals.map(({ aborted }) => aborted)).toEqual([true]);
    await script.stop();
  });

  it('is limited per round', async () => {
    const { clock, source, script, round } = await scene();
    source.folders.set('R', root);
    const items = Array.from({ length: 5_000 }, (_, n) => {
      source.folders.set(`X${n}`, { id: `X${n}`, name: `x${n}`, folder: {}, parentReference: { id: 'R' } });
      return item(clock, `f${n}`, 'a', `X${n}`);
    });
    expect(await round(...items)).toHaveLength(items.length);
    expect(source.asked.filter((asked) => asked.startsWith('item'))).toHaveLength(LOOK_UPS_PER_ROUND);
    await script.stop();
  });
});

describe('an item without a valid name', () => {
  it.each([[undefined], [''], [null], [7], ['.'], ['..'], ['a/b']])('has no path, and nothing in it has one: %j', async (name) => {
    const { clock, source, script, round } = await scene();
    source.folders.set('R', root);
    await round(item(clock, 'n1', 'x', 'R', { name }), item(clock, 'n2', 'x', 'R', { ...inRoot, name }), item(clock, 'D', 'x', 'R', { name, folder: {} }), item(clock, 'in', 'in.txt', 'D'));
    expect(script.changes().map(({ item: { id } }) => id).sort()).toEqual(['D', 'in', 'n1', 'n2']);
    for (const change of script.changes()) expect(change.item).not.toHaveProperty('path');
    await script.stop();
  });

  it.each(['/drives/d/root:/Docs/../..', '/drives/d/root:/a%2Fb', `/drives/d/root:/${'x/'.repeat(100_000)}`])('takes no path from an invalid parent path: %.40s', async (path) => {
    const { clock, script, round } = await scene();
    await round(item(clock, 'n1', 'x', 'P', { parentReference: { id: 'P', path } }));
    expect(script.changes().map(({ item }) => item.path)).toEqual([undefined]);
    await script.stop();
  });
});

describe('an item with children but without the folder facet', () => {
  const notebook = { file: undefined, package: { type: 'oneNote' }, size: 35_000 };
  const shortcut = { file: undefined, remoteItem: { id: 'Q!9', folder: { childCount: 3 } } };
  it.each([['a notebook', notebook], ['a package of another kind', { file: undefined, package: { type: 'new' } }], ['a shortcut to a folder', shortcut], ['a shortcut to a notebook', { file: undefined, remoteItem: { package: { type: 'oneNote' } } }]])('is a folder: %s', async (_what, facets) => {
    const { clock, script, round } = await scene();
    await round(item(clock, 'P', 'Notes', 'R', { ...inRoot, ...facets }));
    expect(script.changes()).toMatchObject([{ item: { path: '/Notes', folder: true } }]);
    await script.stop();
  });

  it('is not a folder if it is a shortcut to a file', async () => {
    const { clock, script, round } = await scene();
    await round(item(clock, 'P', 'x', 'R', { file: undefined, remoteItem: { file: {} } }));
    expect(script.changes()).toMatchObject([{ item: { folder: false } }]);
    await script.stop();
  });

  it('gives its children new paths when it is renamed, without an index', async () => {
    const { clock, script, round } = await scene();
    const parentReference = (notes: string): Record<string, unknown> => ({ parentReference: { id: 'G', path: `/drives/d/root:/${notes}/Group` } });
    expect(await round(item(clock, 'o', 'one.one', 'G', parentReference('Notes')))).toEqual(['modified /Notes/Group/one.one']);
    await round(item(clock, 'P', 'Papers', 'R', { ...inRoot, ...notebook }));
    expect(await round(item(clock, 'o', 'one.one', 'G', parentReference('Papers')))).toEqual(['modified /Papers/Group/one.one']);
    await script.stop();
  });

  it('takes its children with it when it is deleted', async () => {
    for (const facets of [notebook, {}]) {
      const { clock, source, script, round } = await scene({ index: 'first' }, (given, time) => {
        given.answers.set('beginning', { items: [root, item(time, 'P', 'Notes', 'R', facets), item(time, 'o', 'one.one', 'P')], cursor: `${LINK}0` });
      });
      expect(await round({ id: 'P', deleted: {} })).toEqual(['deleted /Notes']);
      source.answers.set('beginning', { items: [root], cursor: `${LINK}9` });
      source.answers.set(source.cursor, { gone: 'resyncRequired', location: undefined });
      expect(await round()).toEqual(['warning']);
      await clock.advance(0);
      await script.stop();
    }
  });
});

describe('next links that lead nowhere', () => {
  const empty = (next: string): { items: []; next: string } => ({ items: [], next: `${LINK}${next}` });
  const rings: [string, Record<string, string>][] = [
    ['itself', { A: 'A' }], ['the one before', { A: 'B', B: 'A' }], ['an earlier one', { A: 'B', B: 'C', C: 'B' }],
  ];
  it.each(rings)('are noticed, and the round starts over after a pause: %s', async (_what, ring) => {
    const { clock, source, script } = await scene();
    const { cursor } = source;
    const before = source.asked.length;
    source.answers.set(cursor, empty('A'));
    for (const [from, to] of Object.entries(ring)) source.answers.set(`${LINK}${from}`, empty(to));
    script.tap();
    await clock.advance(500);
    expect(source.asked.length - before).toBeLessThan(6);
    expect(script.events.at(-1)).toMatchObject({ type: 'warning', message: expect.stringMatching(/^couldn't query changes \(Graph's pages form a loop\); retrying in /) });
    source.answers.set(cursor, { items: [item(clock, 'a', 'a', 'R', inRoot)], cursor: `${LINK}after` });
    await clock.advance(MINUTE);
    expect(script.history().at(-1)).toBe('modified /a');
    await script.stop();
  });

  it.each([false, true])('end the command after a while if they never led anywhere (full index: %p)', async (fullIndex) => {
    const clock = steppedClock();
    const source = scriptedSource();
    source.answers.set(fullIndex ? 'beginning' : 'latest', empty('A'));
    source.answers.set(`${LINK}A`, empty('B'));
    source.answers.set(`${LINK}B`, empty('A'));
    const script = await startChanges({ source, clock, index: fullIndex ? 'first' : 'never' });
    await clock.advance(2 * MINUTE);
    expect(await Promise.race([script.over, settle().then(() => 'still trying')])).toMatchObject({ code: 'pagesGoRound', category: 'network' });
    expect(source.asked.length).toBeLessThan(60);
  });

  it('are noticed even if each page has a new one', async () => {
    const { clock, source, script } = await scene();
    let pages = 0;
    const page = source.page.bind(source);
    source.page = (start, signal) => {
      if (typeof start === 'string' || !('link' in start)) return page(start, signal);
      pages += 1;
      return Promise.resolve(empty(`endless-${pages}`));
    };
    script.tap();
    await clock.advance(0);
    for (let turns = 0; turns < 100; turns += 1) await settle();
    expect(script.events.at(-1)).toMatchObject({ type: 'warning', message: expect.stringContaining('pages in a row with nothing new') });
    await script.stop();
  });

  it('but bring ever more items cause a gap before memory runs out', async () => {
    const { clock, source, script } = await scene();
    const page = source.page.bind(source);
    let pages = 0;
    source.page = (start, signal) => {
      if (typeof start === 'string' || !('link' in start)) return page(start, signal);
      pages += 1;
      const items = Array.from({ length: 50_000 }, (_, n) => ({ id: `i${pages}-${n}`, deleted: {} }));
      return Promise.resolve({ items, next: `${LINK}more-${pages}` });
    };
    script.tap();
    await clock.advance(0);
    for (let turns = 0; turns < 100 && !script.history().includes('gap'); turns += 1) await settle();
    expect(script.events.find(({ type }) => type === 'gap')).toMatchObject({ reason: expect.stringContaining('tooManyChanges') });
    expect(pages).toBeLessThanOrEqual(Math.ceil(MOST_ITEMS_IN_ROUND / 50_000) + 1);
    await script.stop();
  });

  it('are distinguished from 40 empty pages in a row', async () => {
    const { clock, source, script } = await scene();
    source.answers.set(source.cursor, empty('p0'));
    for (let n = 0; n < 40; n += 1) source.answers.set(`${LINK}p${n}`, empty(`p${n + 1}`));
    source.answers.set(`${LINK}p40`, { items: [item(clock, 'a', 'a', 'R', inRoot)], cursor: `${LINK}after` });
    script.tap();
    await clock.advance(0);
    for (let turns = 0; turns < 10; turns += 1) await settle();
    expect(script.history().at(-1)).toBe('modified /a');
    await script.stop();
  });
});

describe('a running watch', () => {
  it.each([2, 5])('survives %i 410 answers in a row', async (times) => {
    const { clock, source, script, round } = await scene();
    source.answers.set(source.cursor, { gone: 'resyncRequired', location: undefined });
    let left = times - 1;
    source.answers.set('latest', () => {
      if (left > 0) {
        left -= 1;
        return { gone: 'resyncRequired', location: undefined };
      }
      return { items: [], cursor: `${LINK}new` };
    });
    script.tap();
    await clock.advance(10 * MINUTE);
    expect(script.history().slice(1)).toEqual([...Array.from({ length: times - 1 }, () => 'warning'), 'gap']);
    expect(await round(item(clock, 'a', 'a', 'R', inRoot))).toEqual(['modified /a']);
    await script.stop();
  });

  it('survives a 410 in the middle of the enumeration that follows one', async () => {
    const { clock, source, script } = await scene({ index: 'first' }, (given) => {
      given.answers.set('beginning', { items: [root], cursor: `${LINK}0` });
    });
    source.answers.set(source.cursor, { gone: 'resyncRequired', location: `${LINK}there` });
    source.answers.set(`${LINK}there`, { gone: 'resyncRequired', location: undefined });
    let left = 2;
    source.answers.set('beginning', () => {
      left -= 1;
      return left >= 0 ? { gone: 'resyncRequired', location: undefined } : { items: [root, item(clock, 'a', 'a', 'R')], cursor: `${LINK}new` };
    });
    script.tap();
    await clock.advance(10 * MINUTE);
    expect(script.history().at(-1)).toBe('created /a');
    await script.stop();
  });
});

describe('an enumeration whose pages are too large', () => {
  it('starts over if the link to a page has the page size in it', async () => {
    const clock = steppedClock();
    const source = scriptedSource();
    const tooLarge = new WatchError('network', 'Graph returned 504', { status: 504, code: 'pageTooLarge' });
    let starts = 0;
    source.answers.set('beginning', () => {
      starts += 1;
      return starts === 1 ? { items: [root], next: `${LINK}large` } : { items: [root], cursor: `${LINK}0` };
    });
    source.answers.set(`${LINK}large`, tooLarge);
    const script = await startChanges({ source, clock, index: 'first' });
    await clock.advance(2 * MINUTE);
    expect([starts, source.asked.filter((asked) => asked.endsWith('large')).length, script.history().at(-1)]).toEqual([2, 3, 'ready']);
    await script.stop();
  });
});
