import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { IdTable } from '../../../../src/changes/index/id-table.ts';

describe('IdTable', () => {
  it('finds the slot of each id in it, and assigns no slot twice', () => {
    const step = fc.record({ id: fc.oneof(fc.nat(60).map((number) => `01ABCDEFGH${number}`), fc.string({ unit: 'binary', minLength: 1 })), remove: fc.boolean() });
    fc.assert(fc.property(fc.array(step, { maxLength: 300 }), (steps) => {
      const table = new IdTable();
      const expected = new Map<string, number>();
      for (const { id, remove } of steps) {
        const slot = expected.get(id);
        expect(table.find(id)).toBe(slot);
        if (slot === undefined) {
          const added = table.findOrAdd(id);
          expect([...expected.values()]).not.toContain(added);
          expected.set(id, added);
        } else if (remove) {
          table.remove(slot);
          expected.delete(id);
          expect(table.find(id)).toBeUndefined();
        }
      }
      for (const [id, slot] of expected) {
        expect(table.find(id)).toBe(slot);
        expect(table.idOf(slot)).toBe(id);
      }
      expect(table.slots).toBeLessThanOrEqual(steps.length);
    }));
  });

  it('still finds the other ids after many were removed from a full table', () => {
    const table = new IdTable();
    // 1,530 of 2,048 places: ids that are not in their own place form long runs.
    const slots = Array.from({ length: 1530 }, (_, index) => table.findOrAdd(`01ABCDEFGH${index}`));
    for (let index = 0; index < slots.length; index += 3) table.remove(slots[index] ?? 0);
    for (const [index, slot] of slots.entries()) expect(table.find(`01ABCDEFGH${index}`)).toBe(index % 3 === 0 ? undefined : slot);
  });

  it('reuses the slots of removed ids', () => {
    const table = new IdTable();
    for (let round = 0; round < 50; round += 1) {
      const slots = Array.from({ length: 100 }, (_, index) => table.findOrAdd(`${round}-${index}`));
      for (const slot of slots) table.remove(slot);
    }
    expect(table.slots).toBe(100);
  });

  it('is empty after it was cleared', () => {
    const table = new IdTable();
    for (let index = 0; index < 1000; index += 1) table.findOrAdd(`id ${index}`);
    table.clear();
    expect(table.find('id 7')).toBeUndefined();
    expect(table.findOrAdd('id 7')).toBe(0);
    expect(table.slots).toBe(1);
  });
});
