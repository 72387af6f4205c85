import { describe, expect, it } from '@jest/globals';
import { recognition } from '../../../../src/emulator/drive/observation.ts';
import type { Observed } from '../../../../src/emulator/drive/observation.ts';

const seen = (changes: Partial<Observed> = {}): Observed => ({
  name: 'a', folder: false, size: 1, modifiedMs: 1, createdMs: 1, inode: '1:1', birthNs: 100n, modifiedNs: 200n, changedNs: 300n, ...changes,
});

describe('an inode that comes again', () => {
  it('is the same file where the birth is the same', () => {
    expect(recognition().isSameFile(seen(), seen({ size: 9, modifiedNs: 900n, changedNs: 900n }), false)).toBe(true);
  });

  it('is another file where births are real and differ, even at the same place and of the same content', () => {
    const files = recognition();
    files.sees(seen());
    expect(files.isSameFile(seen(), seen({ birthNs: 400n, changedNs: 400n }), true)).toBe(false);
  });

  it('never turns from a file into a folder', () => {
    expect(recognition().isSameFile(seen(), seen({ folder: true }), true)).toBe(false);
  });

  describe('where the file system knows no births', () => {
    // libuv then fills in the time of change, or nothing.
    const copied = (changedNs: bigint, changes: Partial<Observed> = {}): Observed => seen({ birthNs: changedNs, changedNs, ...changes });

    it('is the same file at the same place, changed or not', () => {
      const files = recognition();
      files.sees(copied(300n));
      expect(files.isSameFile(copied(300n), copied(400n, { size: 5, modifiedNs: 400n }), true)).toBe(true);
      expect(files.isSameFile(seen({ birthNs: 0n }), seen({ birthNs: 0n, size: 5 }), true)).toBe(true);
    });

    it('is the same file elsewhere only with the same content', () => {
      const files = recognition();
      expect(files.isSameFile(copied(300n), copied(400n), false)).toBe(true);
      expect(files.isSameFile(copied(300n), copied(400n, { modifiedNs: 400n }), false)).toBe(false);
      expect(files.isSameFile(seen({ birthNs: 0n }), seen({ birthNs: 0n, size: 2 }), false)).toBe(false);
    });
  });
});
