import { createHash } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { byteRange } from '../../../../src/emulator/graph/content/byte-range.ts';
import { DownloadUrls } from '../../../../src/emulator/graph/content/download-urls.ts';
import { QuickXorHash } from '../../../../src/emulator/graph/content/quick-xor-hash.ts';

/** The definition, bit by bit: byte i is XORed in at bit 11·i of a ring of 160 bits, and the length into the last 8 bytes. */
function simpleHash(bytes: Uint8Array): string {
  const bits = new Array<number>(160).fill(0);
  bytes.forEach((byte, index) => {
    for (let bit = 0; bit < 8; bit++) bits[(index * 11 + bit) % 160]! ^= (byte >> bit) & 1;
  });
  for (let bit = 0; bit < 53; bit++) bits[96 + bit]! ^= Math.floor(bytes.length / 2 ** bit) % 2;
  const result = Buffer.alloc(20);
  bits.forEach((bit, index) => (result[index >> 3]! |= bit << (index & 7)));
  return result.toString('base64');
}

describe('quickXorHash', () => {
  it.each([
    ['', 'AAAAAAAAAAAAAAAAAAAAAAAAAAA='],
    ['Sg==', 'SgAAAAAAAAAAAAAAAQAAAAAAAAA='],
    ['0pZP', '0rDEEwAAAAAAAAAAAwAAAAAAAAA='],
    ['T6LYJIfDh81JrAK309H2JMJTXis=', 'zBTHrspn3mEcohlJdIUAbjGNaNg='],
  ])('of %j is %s, as other programs compute it', (content, hash) => {
    expect(new QuickXorHash().update(Buffer.from(content, 'base64')).digest()).toBe(hash);
  });

  it('matches its definition, however the bytes are split', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 400 }), { maxLength: 6 }), (pieces) => {
        const hash = new QuickXorHash();
        for (const piece of pieces) hash.update(piece);
        expect(hash.digest()).toBe(simpleHash(Buffer.concat(pieces)));
      }),
    );
  });
});

describe('a Range header', () => {
  it.each([
    [undefined, undefined],
    ['bytes=0-', { start: 0, end: 9 }],
    ['bytes=2-4', { start: 2, end: 4 }],
    ['bytes=9-99', { start: 9, end: 9 }],
    ['bytes=-3', { start: 7, end: 9 }],
    ['bytes=-99', { start: 0, end: 9 }],
    ['bytes=10-', 'unsatisfiable'],
    ['bytes=-0', 'unsatisfiable'],
    ['bytes=4-2', undefined],
    ['bytes=-', undefined],
    ['bytes=0-1,3-4', undefined],
    ['items=0-1', undefined],
  ])('%j for ten bytes', (header, range) => {
    expect(byteRange(header, 10)).toEqual(range);
  });
});

describe('a download URL', () => {
  const HOUR_MS = 3600_000;
  const key = (size: number): Buffer => createHash('sha256').update('key').digest().subarray(0, size);
  let now = 1_000 * HOUR_MS;
  const urls = new DownloadUrls(key, () => now, () => 'https://localhost:1');

  it('is valid for one to two hours, and stays the same for a while', () => {
    now = 1_000 * HOUR_MS;
    const url = new URL(urls.urlOf('an id'));
    expect(url.origin).toBe('https://localhost:1');
    expect(urls.urlOf('an id')).toBe(url.href);
    expect(urls.idIn(url.searchParams)).toBe('an id');
    now += 2 * HOUR_MS - 1;
    expect(urls.idIn(url.searchParams)).toBe('an id');
    now += 1;
    expect(urls.idIn(url.searchParams)).toBeUndefined();
  });

  it.each(['id', 'expires', 'tempauth'])('cannot be forged in its %s', (name) => {
    for (const value of ['', 'other', '99999999999999']) {
      const query = new URL(urls.urlOf('an id')).searchParams;
      query.set(name, value);
      expect(urls.idIn(query)).toBeUndefined();
    }
    expect(urls.idIn(new URLSearchParams())).toBeUndefined();
  });
});
