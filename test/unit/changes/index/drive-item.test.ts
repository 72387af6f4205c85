import { describe, expect, it } from '@jest/globals';
import { readDriveItem } from '../../../../src/changes/index/drive-item.ts';

describe('the times of an item', () => {
  it('are read as milliseconds', () => {
    expect(readDriveItem({ id: 'a', createdDateTime: '2026-05-11T20:00:00Z', lastModifiedDateTime: '2026-05-11T20:00:01.500Z' }))
      .toMatchObject({ created: Date.UTC(2026, 4, 11, 20), modified: Date.UTC(2026, 4, 11, 20, 0, 1, 500) });
  });

  // Date.parse reads a number as a year.
  it.each([2026, '', 'soon', null, {}, true, ['2026-05-11T20:00:00Z']])('are unknown if the service sends %j', (value) => {
    const item = readDriveItem({ id: 'a', createdDateTime: value, lastModifiedDateTime: value });
    expect([item?.created, item?.modified]).toEqual([undefined, undefined]);
  });
});
