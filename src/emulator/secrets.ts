import { createHash, randomBytes } from 'node:crypto';

/** RandomBytes is the source of randomness; injected so that a test can predict it. */
export type RandomBytes = (size: number) => Buffer;

/** Letters and digits that are hard to confuse when read aloud, as in Entra's user codes. */
const USER_CODE_ALPHABET = 'BCDFGHJKLMNPQRSTVWXZ23456789';
const USER_CODE_LENGTH = 9;

export interface Secrets {
  /** An opaque, unguessable word of 256 bits, without dots, so that it cannot be mistaken for a JWT. */
  word(): string;
  guid(): string;
  userCode(): string;
}

export function secretsFrom(random: RandomBytes = randomBytes): Secrets {
  return {
    word: () => random(32).toString('base64url'),
    guid: () => guidFrom(random(16)),
    userCode: () =>
      Array.from(random(USER_CODE_LENGTH), (byte) => USER_CODE_ALPHABET[byte % USER_CODE_ALPHABET.length] ?? 'B').join(''),
  };
}

/** Always returns the same GUID for the same text, so that ids survive a restart and can be used in scripts. */
export function stableGuid(text: string): string {
  return guidFrom(createHash('sha256').update(text).digest());
}

export function stableBytes(text: string): Buffer {
  return createHash('sha512').update(text).digest();
}

function guidFrom(bytes: Buffer): string {
  const hex = bytes.subarray(0, 16).toString('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}
