const REGISTER_BITS = 160;
const REGISTER_BYTES = REGISTER_BITS / 8;
/** How many bits the position moves with each byte. */
const SHIFT_BITS = 11;

/**
 * QuickXorHash is OneDrive's hash of a file's content: every byte is XORed into a circular register of
 * 160 bits, and the length into its last 8 bytes. It is published in "Code Snippets: QuickXorHash
 * Algorithm" of the OneDrive documentation.
 */
export class QuickXorHash {
  readonly #register = Buffer.alloc(REGISTER_BYTES);
  #length = 0;

  update(bytes: Uint8Array): this {
    const register = this.#register;
    let bit = (this.#length * SHIFT_BITS) % REGISTER_BITS;
    for (const byte of bytes) {
      const index = bit >>> 3;
      const spread = byte << (bit & 7);
      register[index] = (register[index] ?? 0) ^ (spread & 0xff);
      const next = index + 1 === REGISTER_BYTES ? 0 : index + 1;
      register[next] = (register[next] ?? 0) ^ (spread >>> 8);
      bit += SHIFT_BITS;
      if (bit >= REGISTER_BITS) bit -= REGISTER_BITS;
    }
    this.#length += bytes.length;
    return this;
  }

  /** Returns the hash in base64. */
  digest(): string {
    const result = Buffer.from(this.#register);
    const length = Buffer.alloc(8);
    length.writeBigUInt64LE(BigInt(this.#length));
    for (const [index, byte] of length.entries()) {
      const at = REGISTER_BYTES - length.length + index;
      result[at] = (result[at] ?? 0) ^ byte;
    }
    return result.toString('base64');
  }
}
