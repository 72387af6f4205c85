/** Bytes of one piece of the store. A longer text has a piece of its own. */
const PIECE = 2 ** 16;
const FIRST_PIECE = 1024;
/** What nobody refers to any more is left where it is until it is this much, and half of everything. */
const WASTE_ALLOWED = PIECE;

/**
 * SlotTexts stores one text for each slot of an index: a string of its own would take V8 three times the memory of a short name.
 * A text is a header (its length, and whether its characters take one byte or two) and its characters; two bytes are
 * UTF-16 as in JavaScript, so that even half of a surrogate pair, which a service may send, comes back as it was.
 */
export class SlotTexts {
  /** A text begins at a place: the number of its piece times `PIECE`, plus the offset in there. */
  #pieces: Buffer[] = [];
  /** Where the next text begins in the last piece. */
  #end = 0;
  /** By slot: 1 + the place; 0 for the empty text. */
  #places = new Uint32Array(16);
  #bytes = 0;
  #wasted = 0;

  /** Bytes in all pieces. */
  get capacity(): number {
    return this.#pieces.reduce((sum, { length }) => sum + length, 0);
  }

  get(slot: number): string {
    const place = this.#places[slot] ?? 0;
    if (place === 0) return '';
    const piece = this.#pieceOf(place - 1);
    const { length, isWide, start } = header(piece, (place - 1) % PIECE);
    return isWide ? piece.toString('utf16le', start, start + 2 * length) : piece.toString('latin1', start, start + length);
  }

  /** `equals` says whether a slot has this text, without creating a string. */
  equals(slot: number, text: string): boolean {
    const place = this.#places[slot] ?? 0;
    if (place === 0) return text === '';
    const piece = this.#pieceOf(place - 1);
    const { length, isWide, start } = header(piece, (place - 1) % PIECE);
    if (length !== text.length) return false;
    if (isWide) return piece.toString('utf16le', start, start + 2 * length) === text;
    for (let index = 0; index < length; index += 1) if (piece[start + index] !== text.charCodeAt(index)) return false;
    return true;
  }

  set(slot: number, text: string): void {
    if (this.equals(slot, text)) return;
    this.#wasted += this.#sizeAt(slot);
    this.#makeRoom(slot);
    this.#places[slot] = text === '' ? 0 : 1 + this.#append(text);
    if (this.#wasted > WASTE_ALLOWED && this.#wasted > this.#bytes / 2) this.#compact();
  }

  clear(): void {
    this.#pieces = [];
    this.#end = 0;
    this.#places = new Uint32Array(16);
    this.#bytes = 0;
    this.#wasted = 0;
  }

  #append(text: string): number {
    let isWide = false;
    for (let index = 0; index < text.length && !isWide; index += 1) isWide = text.charCodeAt(index) > 0xff;
    const size = sizeOf(text.length, isWide);
    const piece = this.#pieceFor(size);
    const place = (this.#pieces.length - 1) * PIECE + this.#end;
    let offset = this.#end;
    for (let rest = text.length * 2 + (isWide ? 1 : 0); ; rest = Math.floor(rest / 128)) {
      piece[offset] = (rest & 127) | (rest < 128 ? 0 : 128);
      offset += 1;
      if (rest < 128) break;
    }
    if (isWide) piece.write(text, offset, 'utf16le');
    else for (let index = 0; index < text.length; index += 1) piece[offset + index] = text.charCodeAt(index);
    this.#end += size;
    this.#bytes += size;
    return place;
  }

  /** The last piece, if that much fits in there, or a new one. The first grows: most drives are small. */
  #pieceFor(size: number): Buffer {
    const last = this.#pieces.at(-1);
    if (last !== undefined && this.#end + size <= last.length) return last;
    if (last !== undefined && this.#pieces.length === 1 && this.#end + size <= PIECE) {
      const grown = Buffer.allocUnsafeSlow(Math.min(Math.max(2 * last.length, this.#end + size), PIECE));
      last.copy(grown, 0, 0, this.#end);
      this.#pieces[0] = grown;
      return grown;
    }
    if (this.#pieces.length >= 2 ** 32 / PIECE - 1) throw new RangeError('a drive\'s index cannot hold more than 4 GiB of names');
    const piece = Buffer.allocUnsafeSlow(Math.max(size, this.#pieces.length === 0 ? FIRST_PIECE : PIECE));
    this.#pieces.push(piece);
    this.#end = 0;
    return piece;
  }

  #compact(): void {
    const old = this.#pieces;
    const places = this.#places;
    this.#pieces = [];
    this.#end = 0;
    this.#bytes = 0;
    this.#wasted = 0;
    for (let slot = 0; slot < places.length; slot += 1) {
      const place = (places[slot] ?? 0) - 1;
      if (place < 0) continue;
      const from = old[Math.floor(place / PIECE)] ?? Buffer.alloc(0);
      const { length, isWide } = header(from, place % PIECE);
      const size = sizeOf(length, isWide);
      const piece = this.#pieceFor(size);
      places[slot] = 1 + (this.#pieces.length - 1) * PIECE + this.#end;
      from.copy(piece, this.#end, place % PIECE, (place % PIECE) + size);
      this.#end += size;
      this.#bytes += size;
    }
  }

  #pieceOf(place: number): Buffer {
    const piece = this.#pieces[Math.floor(place / PIECE)];
    if (piece === undefined) throw new RangeError(`no text begins at ${place}`);
    return piece;
  }

  #sizeAt(slot: number): number {
    const place = this.#places[slot] ?? 0;
    if (place === 0) return 0;
    const { length, isWide } = header(this.#pieceOf(place - 1), (place - 1) % PIECE);
    return sizeOf(length, isWide);
  }

  #makeRoom(slot: number): void {
    if (slot < this.#places.length) return;
    const places = new Uint32Array(grownCapacity(slot));
    places.set(this.#places);
    this.#places = places;
  }
}

/** `grownCapacity` returns the length of a column that has to have room for a slot: small ones double, large ones grow by an eighth. */
export function grownCapacity(slot: number): number {
  return slot < 4096 ? 2 ** Math.ceil(Math.log2(slot + 1)) : Math.ceil((slot + 1) * 1.125);
}

/** A header is a number, seven bits a byte, the lowest first: twice the length, and one more if characters take two bytes. */
function header(piece: Buffer, offset: number): { length: number; isWide: boolean; start: number } {
  let value = 0;
  let start = offset;
  for (let factor = 1; ; factor *= 128) {
    const byte = piece[start] ?? 0;
    start += 1;
    value += (byte & 127) * factor;
    if (byte < 128) break;
  }
  return { length: Math.floor(value / 2), isWide: value % 2 === 1, start };
}

function sizeOf(length: number, isWide: boolean): number {
  const head = length < 64 ? 1 : length < 8192 ? 2 : length < 2 ** 20 ? 3 : length < 2 ** 27 ? 4 : 5;
  return head + (isWide ? 2 * length : length);
}
