/** Every secret has at least this many characters: shorter ones are too common to be replaced. */
export const SHORTEST_SECRET = 8;

/** The texts that begin with the same `SHORTEST_SECRET` characters: in order, and how often each was added. */
interface Bucket {
  readonly sorted: string[];
  readonly times: Map<string, number>;
}

/**
 * SecretIndex finds many known texts in another text. With a thousand targets there are thousands of them,
 * and every line is searched. Each place of a line costs one look-up by its first characters and, where those
 * are known (all tokens of one issuer begin alike), a binary search.
 */
export class SecretIndex {
  readonly #byStart = new Map<string, Bucket>();

  /** `add` takes a text of at least `SHORTEST_SECRET` characters. */
  add(text: string): void {
    const start = text.slice(0, SHORTEST_SECRET);
    const bucket = this.#byStart.get(start) ?? { sorted: [], times: new Map<string, number>() };
    this.#byStart.set(start, bucket);
    const times = bucket.times.get(text) ?? 0;
    bucket.times.set(text, times + 1);
    if (times === 0) bucket.sorted.splice(countUpTo(bucket.sorted, text), 0, text);
  }

  /** `remove` undoes one `add` of this text. */
  remove(text: string): void {
    const start = text.slice(0, SHORTEST_SECRET);
    const bucket = this.#byStart.get(start);
    const times = bucket?.times.get(text);
    if (bucket === undefined || times === undefined) return;
    if (times > 1) {
      bucket.times.set(text, times - 1);
      return;
    }
    bucket.times.delete(text);
    bucket.sorted.splice(countUpTo(bucket.sorted, text) - 1, 1);
    if (bucket.sorted.length === 0) this.#byStart.delete(start);
  }

  /** `replace` returns the text with all that was added replaced; where several overlap, nothing of any of them stays. */
  replace(text: string, placeholder: string): string {
    if (this.#byStart.size === 0) return text;
    let clean = '';
    /** Up to here the text is copied or replaced. */
    let done = 0;
    /** Where the stretch that is being replaced ends; what begins before it belongs to it. */
    let end = -1;
    for (let at = 0; at + SHORTEST_SECRET <= text.length; at += 1) {
      const length = this.#longestAt(text, at);
      if (length === 0) continue;
      if (at >= end) {
        clean += text.slice(done, at) + placeholder;
      }
      end = Math.max(end, at + length);
      done = end;
    }
    return clean + text.slice(done);
  }

  #longestAt(text: string, at: number): number {
    const bucket = this.#byStart.get(text.slice(at, at + SHORTEST_SECRET));
    if (bucket === undefined) return 0;
    const { sorted } = bucket;
    const rest = text.slice(at);
    // Whatever `rest` begins with comes before it in order, and the longest of those comes last. What stands
    // between that one and `rest` shares its beginning with both.
    let wanted = rest;
    for (;;) {
      const candidate = sorted[countUpTo(sorted, wanted) - 1];
      if (candidate === undefined) return 0;
      if (rest.startsWith(candidate)) return candidate.length;
      wanted = rest.slice(0, commonLength(candidate, rest));
      if (wanted.length < SHORTEST_SECRET) return 0;
    }
  }
}

/** `countUpTo` returns how many of the sorted texts come before `text` in order, or are it. */
function countUpTo(sorted: readonly string[], text: string): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((sorted[middle] ?? '') <= text) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** `commonLength` returns how many characters the two texts have in common at their beginning. */
function commonLength(one: string, other: string): number {
  const most = Math.min(one.length, other.length);
  let length = 0;
  while (length < most && one[length] === other[length]) length += 1;
  return length;
}
