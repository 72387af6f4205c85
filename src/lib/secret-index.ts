/** Every secret has at least so many characters: shorter ones are too common to be replaced. */
export const SHORTEST_SECRET = 8;

/**
 * Texts to be found in other texts, however many there are: with a thousand targets there are thousands,
 * and every line is searched. They are looked up by their first characters, at each place of a line.
 */
export class SecretIndex {
  /** By their beginning: each text, and how often it was added. */
  readonly #byStart = new Map<string, Map<string, number>>();

  /** `text` has at least `SHORTEST_SECRET` characters. */
  add(text: string): void {
    const start = text.slice(0, SHORTEST_SECRET);
    const texts = this.#byStart.get(start) ?? new Map<string, number>();
    texts.set(text, (texts.get(text) ?? 0) + 1);
    this.#byStart.set(start, texts);
  }

  /** Takes one `add` of this text back. */
  remove(text: string): void {
    const start = text.slice(0, SHORTEST_SECRET);
    const texts = this.#byStart.get(start);
    const times = texts?.get(text) ?? 0;
    if (times > 1) texts?.set(text, times - 1);
    else texts?.delete(text);
    if (texts?.size === 0) this.#byStart.delete(start);
  }

  /** With all that was added replaced; where several overlap, nothing of any of them stays. */
  replace(text: string, placeholder: string): string {
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
    const candidates = this.#byStart.get(text.slice(at, at + SHORTEST_SECRET));
    let longest = 0;
    for (const candidate of candidates?.keys() ?? []) {
      if (candidate.length > longest && text.startsWith(candidate, at)) longest = candidate.length;
    }
    return longest;
  }
}
