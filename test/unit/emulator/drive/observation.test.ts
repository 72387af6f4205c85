import { describe, expect, it } from '@jest/globals';
import { recognition } from '../../../../src/emulator/drive/observation.ts';
import type { Observed } from '../../../../src/emulator/drive/observation.ts';

const seen = (changes: Partial<Observed> = {}): Observed => ({
  name: 'a', folder: false, size: 1, modifiedMs: 1, createdMs: 1, inode: '1:1', birthNs: 100n, modifiedNs: 200n, changedNs: 300n, ...changes,
});

describe('an inode that was seen before', () => {
  it('is the same file if its birth time is the same', () => {
    expect(recognition().isSameFile(seen(), seen({ size: 9, modifiedNs: 900n, changedNs: 900n }), false)).toBe(true);
  });

  it('is another file if birth times are real and differ, even in the same place with the same content', () => {
    const files = recognition();
    files.sees(seen());
    expect(files.isSameFile(seen(), seen({ birthNs: 400n, changedNs: 400n }), true)).toBe(false);
  });

  it('never changes from a file to a folder', () => {
    expect(recognition().isSameFile(seen(), seen({ folder: true }), true)).toBe(false);
  });

  describe('if the file system has no birth times', () => {
    // libuv then reports the change time, or nothing.
    const copied = (changedNs: bigint, changes: Partial<Observed> = {}): Observed => seen({ birthNs: changedNs, changedNs, ...changes });

    it('is the same file in the same place, changed or not', () => {
      const files = recognition();
      files.sees(copied(300n));
      expect(files.isSameFile(copied(300n), copied(400n, { size: 5, modifiedNs: 400n }), true)).toBe(true);
      expect(files.isSameFile(seen({ birthNs: 0n }), seen({ birthNs: 0n, size: 5 }), true)).toBe(true);
    });

    it('is the same file in another place only with the same content', () => {
      const files = recognition();
      expect(files.isSameFile(copied(300n), copied(400n), false)).toBe(true);
      expect(files.isSameFile(copied(300n), copied(400n, { modifiedNs: 400n }), false)).toBe(false);
      expect(files.isSameFile(seen({ birthNs: 0n }), seen({ birthNs: 0n, size: 2 }), false)).toBe(false);
    });
  });
});
