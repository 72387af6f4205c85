import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';

/** What every store begins with. A later format gets another number, so that an older program does not misread it. */
const HEADER = Buffer.from('graph-watch sign-ins 1\n');
/** AES-256-GCM: a nonce of 96 bits (NIST SP 800-38D §8.2.2), a tag of 128. */
const CIPHER = 'aes-256-gcm';
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/**
 * `seal` encrypts text with a key of 32 random bytes (base64url). The result is the header, nonce, tag and
 * ciphertext; the header is authenticated too.
 */
export function seal(text: string, key: string): Buffer {
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv(CIPHER, Buffer.from(key, 'base64url'), nonce).setAAD(HEADER);
  const sealed = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()]);
  return Buffer.concat([HEADER, nonce, cipher.getAuthTag(), sealed]);
}

/** `unseal` decrypts what `seal` made; `undefined` if the format, the key or a single bit is wrong. */
export function unseal(sealed: Buffer, key: string): string | undefined {
  const tagAt = HEADER.length + NONCE_BYTES;
  const textAt = tagAt + TAG_BYTES;
  if (sealed.length < textAt || !sealed.subarray(0, HEADER.length).equals(HEADER)) return undefined;
  const decipher = createDecipheriv(CIPHER, Buffer.from(key, 'base64url'), sealed.subarray(HEADER.length, tagAt), { authTagLength: TAG_BYTES })
    .setAAD(HEADER)
    .setAuthTag(sealed.subarray(tagAt, textAt));
  try {
    return Buffer.concat([decipher.update(sealed.subarray(textAt)), decipher.final()]).toString('utf8');
  } catch {
    // Not sealed with this key: the caller does not need to know how it is wrong.
    return undefined;
  }
}
