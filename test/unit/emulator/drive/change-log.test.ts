import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { ChangeLog } from '../../../../src/emulator/drive/change-log.ts';
import type { Item } from '../../../../src/emulator/drive/item.ts';
import { AUTHOR } from '../support/drive-folder.ts';

const state = (id: string, version: number, deleted = false): Item => ({
  id, parentId: 'root', name: id, folder: false, size: version, createdMs: 0, modifiedMs: 0, belowMs: 0, version, contentVersion: version, createdBy: AUTHOR, modifiedBy: AUTHOR, deleted,
});
const all = (): boolean => true;
const shown = (log: ChangeLog, after = 0, limit = Infinity): string[] => log.after(after, limit, all).map(({ item }) => `${item.id}${item.version}`);

describe('the change log', () => {
  it('shows the latest state of each item, in the order of the last changes', () => {
    const log = new ChangeLog(() => 0, () => 0);
    log.append([state('a', 1), state('b', 1), state('a', 2), state('c', 1)]);
    expect(shown(log)).toEqual(['b1', 'a2', 'c1']);
    expect(shown(log, 2)).toEqual(['a2', 'c1']);
    expect(shown(log, log.head)).toEqual([]);
  });

  it('shows the previous state until the lag is over', () => {
    let now = 0;
    let lag = 10;
    const log = new ChangeLog(() => now, () => lag);
    log.append([state('a', 1)]);
    expect([shown(log), log.head]).toEqual([[], 0]);
    now = 10;
    expect([shown(log), log.head]).toEqual([['a1'], 1]);
    log.append([state('a', 2)]);
    now = 19;
    expect(shown(log)).toEqual(['a1']);
    expect(log.shown('a')?.version).toBe(1);
    lag = 0;
    expect(shown(log)).toEqual(['a2']);
  });

  it('finds the last change before a time', () => {
    let now = 100;
    const log = new ChangeLog(() => now, () => 0);
    log.append([state('a', 1)]);
    now = 200;
    log.append([state('b', 1)]);
    expect([log.sequenceAt(50), log.sequenceAt(150), log.sequenceAt(200), log.sequenceAt(201)]).toEqual([0, 1, 1, 2]);
  });

  it('drops old deletions in the end, and knows up to where', () => {
    const log = new ChangeLog(() => 0, () => 0);
    log.append([state('kept', 1)]);
    for (let index = 0; index < 200_001; index++) log.append([state(`d${index}`, 1, true)]);
    expect(log.head).toBe(200_002);
    expect(log.forgotten).toBe(100_002);
    expect(log.shown('kept')?.version).toBe(1);
    expect(log.after(0, Infinity, all)).toHaveLength(100_001);
    expect(log.after(150_000, 1, all)[0]?.sequence).toBe(150_001);
  });

  it('grows with the number of items, not with the number of changes', () => {
    const log = new ChangeLog(() => 0, () => 0);
    for (let version = 1; version <= 3000; version++) log.append([state('a', version), state(`b${version % 3}`, version)]);
    // Sequences 5996, 5998, 5999, 6000.
    const present = ['b12998', 'b22999', 'a3000', 'b03000'];
    expect(shown(log)).toEqual(present);
    expect(shown(log, 5996)).toEqual(present.slice(1));
    expect(shown(log, 5997)).toEqual(present.slice(1));
    expect(shown(log, 5999)).toEqual(['b03000']);
  });

  it('agrees with a simple implementation on any input', () => {
    const step = fc.record({ id: fc.integer({ min: 0, max: 40 }), deleted: fc.boolean(), repeat: fc.integer({ min: 1, max: 60 }) });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 120 }), fc.array(fc.nat({ max: 5000 }), { maxLength: 8 }), (steps, cursors) => {
        const log = new ChangeLog(() => 0, () => 0);
        const simple: { sequence: number; item: Item }[] = [];
        let sequence = 0;
        for (const { id, deleted, repeat } of steps) {
          for (let round = 0; round < repeat; round++) {
            const item = state(`i${id}`, ++sequence, deleted);
            log.append([item]);
            const before = simple.findIndex((entry) => entry.item.id === item.id);
            if (before >= 0) simple.splice(before, 1);
            simple.push({ sequence, item });
          }
        }
        for (const cursor of [0, ...cursors]) {
          const expected = simple.filter((entry) => entry.sequence > cursor);
          expect(log.after(cursor, Infinity, all).map((entry) => entry.sequence)).toEqual(expected.map((entry) => entry.sequence));
          expect(log.after(cursor, 3, ({ item }) => !item.deleted).map((entry) => entry.sequence)).toEqual(
            expected.filter(({ item }) => !item.deleted).slice(0, 3).map((entry) => entry.sequence),
          );
        }
      }),
    );
  });
});
