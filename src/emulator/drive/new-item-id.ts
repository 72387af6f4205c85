import { createHash } from 'node:crypto';
import type { Personality } from '../options.ts';
import type { Observed } from './observation.ts';

const BASE32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';

/**
 * Derives an id from the file's identity in the file system, so that the same file gets the same id
 * even if nothing about it was saved. Business ids are `01` and 32 characters of base32.
 * Personal ones are `s` and a guid without hyphens; clients see the drive's id and `!` in front.
 */
export function itemId(personality: Personality, observed: Observed, salt: string): string {
  const digest = createHash('sha256').update(`${observed.inode} ${observed.birthNs} ${salt}`).digest();
  if (personality === 'personal') return `s${digest.subarray(0, 16).toString('hex')}`;
  return `01${Array.from(digest, (byte) => BASE32[byte & 31] ?? 'A').join('')}`;
}
