import { randomBytes } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { seal, unseal } from '../../../../src/auth/store/encryption.ts';

const newKey = (): string => randomBytes(32).toString('base64url');

describe('a sealed text', () => {
  it('is read with its key, whatever the text', () => {
    const key = newKey();
    fc.assert(fc.property(fc.string({ unit: 'grapheme' }), (text) => {
      expect(unseal(seal(text, key), key)).toBe(text);
    }));
  });

  it('names its format and reveals nothing of the text', () => {
    const sealed = seal('refresh-token-of-ada', newKey()).toString('latin1');
    expect(sealed.startsWith('graph-watch sign-ins 1\n')).toBe(true);
    expect(sealed).not.toContain('ada');
  });

  it('is different each time', () => {
    const key = newKey();
    expect(seal('same', key).equals(seal('same', key))).toBe(false);
  });

  it('cannot be read with another key', () => {
    expect(unseal(seal('text', newKey()), newKey())).toBeUndefined();
  });

  it('cannot be read once a single bit of it has changed, the header included', () => {
    const key = newKey();
    const sealed = seal('text', key);
    for (let bit = 0; bit < sealed.length * 8; bit += 1) {
      const damaged = Buffer.from(sealed);
      damaged[bit >> 3] = (damaged[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      expect(unseal(damaged, key)).toBeUndefined();
    }
  });

  it('cannot be read if it is cut short anywhere', () => {
    const key = newKey();
    const sealed = seal('text', key);
    for (let length = 0; length < sealed.length; length += 1) expect(unseal(sealed.subarray(0, length), key)).toBeUndefined();
  });
});
