import { expect, it } from '@jest/globals';
import fc from 'fast-check';
import { DriveIndex } from '../../../../src/changes/index/drive-index.ts';
import { applyListed, applySteps, listPage, Round, stepOf } from '../../../../src/changes/index/round.ts';

const ID = fc.constantFrom('A', 'B', 'C', 'D', 'E', '4F0C2A9B71D3E586!105', '4f0c2a9b71d3e586!105');
const MAYBE_RECORD = fc.constantFrom<unknown>(undefined, undefined, {}, null, [], true);
/** Items as a service may send them: repeated, in parts, deleted, below each other, and values that are not items. */
const RAW = fc.oneof(
  { weight: 9, arbitrary: fc.record({
    id: ID, name: fc.constantFrom<unknown>(undefined, '', 'a', 'b', 'ü', '文', 7), size: fc.constantFrom<unknown>(undefined, 0, 5, -1, '5'),
    eTag: fc.constantFrom<unknown>(undefined, '', '1', '2', 3), cTag: fc.constantFrom<unknown>(undefined, '1', '2'),
    lastModifiedDateTime: fc.constantFrom<unknown>(undefined, '2026-05-11T20:00:00Z', 5),
    parentReference: fc.oneof(fc.record({ id: fc.oneof(ID, fc.constantFrom<unknown>(undefined, '', 3)) }), MAYBE_RECORD),
    folder: MAYBE_RECORD, package: MAYBE_RECORD, root: MAYBE_RECORD, deleted: MAYBE_RECORD,
    remoteItem: fc.oneof(fc.record({ folder: MAYBE_RECORD, package: MAYBE_RECORD }), MAYBE_RECORD),
  }) },
  { weight: 1, arbitrary: fc.constantFrom<unknown>(null, 'A', 3, [], {}, { id: '' }, { id: 7 }) },
);

it('leads to the same index from the pages of an enumeration as from rounds of the same items', () => {
  fc.assert(fc.property(fc.array(fc.array(RAW, { maxLength: 8 }), { maxLength: 4 }), (pages) => {
    const listed = new DriveIndex();
    const plain = new DriveIndex();
    for (const page of pages) {
      applyListed(listPage(page), listed);
      const round = new Round();
      round.add(page);
      applySteps([...round.items.values()].map(stepOf), plain);
      expect([...listed.entries()]).toEqual([...plain.entries()]);
    }
  }), { numRuns: 500 });
});

it.each([
  ['name', { id: 'B', parentReference: { id: 'C' } }, { name: 'b', parentId: 'C' }],
  ['parent', { id: 'B', name: 'c' }, { name: 'c', parentId: 'A' }],
])('keeps the %s of an item that comes without one', (_what, raw, expected) => {
  const index = new DriveIndex();
  applyListed(listPage([{ id: 'B', name: 'b', parentReference: { id: 'A' } }]), index);
  applyListed(listPage([raw]), index);
  expect(index.get('B')).toMatchObject(expected);
});
