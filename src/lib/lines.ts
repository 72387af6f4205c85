/** Line is one line of a text, without its end. */
export interface Line {
  /** From 1. */
  number: number;
  /** Of a line that is too long only its beginning. */
  text: string;
  /** How many characters a line has that is too long to be kept. */
  tooLong?: number;
  /** Whether the text ended before the line did. */
  cut: boolean;
}

/** Of a line that is too long this much is kept, in characters. */
const KEPT = 200;

/** LineSplitter splits a text that comes in pieces into lines, which end with LF or CRLF. Of a line beyond `limit` characters, no more than that is ever held. */
export class LineSplitter {
  readonly #limit: number;
  /** What has come of the line that has not ended. */
  #rest = '';
  /** How many characters of that line were not kept. */
  #dropped = 0;
  #number = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** `push` takes the next piece, and returns the lines that it ends. */
  push(piece: string): Line[] {
    const lines: Line[] = [];
    let from = 0;
    for (let at = piece.indexOf('\n'); at >= 0; at = piece.indexOf('\n', from)) {
      this.#add(piece.slice(from, at));
      lines.push(this.#take(false));
      from = at + 1;
    }
    this.#add(piece.slice(from));
    return lines;
  }

  /** `end` returns the last line, if the text does not end with the end of one. */
  end(): Line | undefined {
    return this.#rest === '' ? undefined : this.#take(true);
  }

  #add(text: string): void {
    if (this.#dropped === 0 && this.#rest.length + text.length <= this.#limit) {
      this.#rest += text;
      return;
    }
    const whole = this.#rest + text;
    this.#dropped += whole.length - Math.min(whole.length, KEPT);
    this.#rest = whole.slice(0, KEPT);
  }

  #take(cut: boolean): Line {
    const [text, dropped] = [this.#rest, this.#dropped];
    this.#rest = '';
    this.#dropped = 0;
    this.#number += 1;
    if (dropped > 0) return { number: this.#number, text, tooLong: text.length + dropped, cut };
    return { number: this.#number, text: text.endsWith('\r') ? text.slice(0, -1) : text, cut };
  }
}
