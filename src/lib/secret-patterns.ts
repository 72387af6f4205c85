const PLACEHOLDER = '[redacted]';

/** Fields of OAuth and Graph whose values are credentials. */
const SECRET_FIELDS = new Set([
  'access_token', 'refresh_token', 'id_token', 'client_info', 'client_assertion', 'client_secret', 'code_verifier', 'device_code',
  'notificationurl', 'password', 'token', 'code',
]);
const AUTH_SCHEMES = new Set(['bearer', 'basic']);
/** What is shorter after such a name is a word ("code 404", "Basic auth") rather than a credential. */
const SHORTEST_VALUE = 6;
/** A JWT's header begins with `{"` in base64url. */
const JWT_START = 'eyJ';
const SHORTEST_JWT_HEADER = 8;

const WHITESPACE = /\s/;
const QUOTES = `"'<>`;
const isSpace = (char: string): boolean => WHITESPACE.test(char);
/** Neither a URL nor a value in JSON, XML or prose goes beyond it. */
const isSeparator = (char: string): boolean => QUOTES.includes(char) || char === '\\' || isSpace(char);
const isWord = (char: string): boolean => /\w/.test(char);
const isTokenPart = (char: string): boolean => char === '-' || isWord(char);
const isCredential = (char: string): boolean => '.~+/=-'.includes(char) || isWord(char);
const isParameterName = (char: string): boolean => '.~%-'.includes(char) || isWord(char);

/**
 * `redactPatterns` replaces what looks like a secret although nobody registered it: the query of any URL (the
 * push host's only credential is in one, and so are OAuth codes) and of any path that has one, user and password
 * in a URL, values after `Bearer` and `Basic`, JWTs, and OAuth's secret fields. `onSteps` gets the number of
 * characters that were looked at, each look ahead counted.
 *
 * It reads the text once from left to right. Wherever it looks ahead, it either consumes what it saw or
 * remembers that nothing is there, so that the work grows with the length of the text and not faster: the text
 * may come from anybody. (Regular expressions try each pattern again at each place, which is quadratic.)
 */
export function redactPatterns(text: string, onSteps?: (count: number) => void): string {
  const scanner = new Scanner(text);
  const clean = scanner.run();
  onSteps?.(scanner.steps);
  return clean;
}

class Scanner {
  steps = 0;
  readonly #text: string;
  #at = 0;
  #clean = '';
  /** Up to here the text is copied or replaced. */
  #copied = 0;
  /** Since the last separator, `?` or `#` there was a `/`; a scheme of a URL whose query is redacted in any form. */
  #inPath = false;
  #inUrl = false;
  /** Up to here no JWT begins: what it would have to end with is missing. */
  #noJwtBefore = 0;

  constructor(text: string) {
    this.#text = text;
  }

  run(): string {
    const text = this.#text;
    while (this.#at < text.length) {
      this.steps += 1;
      const char = text.charAt(this.#at);
      if (isWord(char) && !isWord(text.charAt(this.#at - 1))) this.#word();
      else this.#sign(char);
    }
    return this.#clean + text.slice(this.#copied);
  }

  /** A word may begin a JWT, be the name of a secret field, or an authentication scheme. Otherwise it is skipped. */
  #word(): void {
    const start = this.#at;
    if (this.#text.startsWith(JWT_START, start) && start >= this.#noJwtBefore && this.#jwt(start)) return;
    const end = this.#skip(start, isWord);
    const word = end - start > 20 ? '' : this.#text.slice(start, end).toLowerCase();
    this.#at = end;
    if (SECRET_FIELDS.has(word)) this.#fieldValue(end);
    else if (AUTH_SCHEMES.has(word)) this.#credential(end);
  }

  #sign(char: string): void {
    const at = this.#at;
    this.#at += 1;
    if (char === '?') this.#query(at);
    else if (char === '#' || isSeparator(char)) this.#leaveUrl();
    else if (char === '/') this.#inPath = true;
    else if (char === ':' && this.#text.startsWith('//', at + 1)) this.#authority(at);
  }

  #leaveUrl(): void {
    this.#inPath = false;
    this.#inUrl = false;
  }

  /** `?` at `at`: everything after it, if this is a URL, or a path and then a parameter (`?token=`). */
  #query(at: number): void {
    const { length } = this.#text;
    const name = this.#inUrl || !this.#inPath ? at + 1 : this.#skip(at + 1, isParameterName);
    const isQuery = this.#inUrl || (this.#inPath && name > at + 1 && this.#text[name] === '=');
    this.#leaveUrl();
    if (isQuery) this.#replace(at + 1, this.#skip(at + 1, (char) => !isSeparator(char), length));
  }

  /** `://` at `at`: user and password are what comes before the last `@` of the authority. */
  #authority(at: number): void {
    if (!/[a-z0-9+.-]/i.test(this.#text.charAt(at - 1))) return;
    this.#inUrl ||= /(?:^|\W)(?:https?|wss?)$/i.test(this.#text.slice(Math.max(0, at - 6), at));
    this.#inPath = true;
    const start = at + '://'.length;
    this.#at = start;
    const end = this.#skip(start, (char) => char !== '/' && !QUOTES.includes(char) && !isSpace(char));
    const userEnd = this.#text.slice(start, end).lastIndexOf('@') + start;
    if (userEnd > start) this.#replace(start, userEnd);
  }

  /** A JWT at `start`: header, a dot, and whatever follows of its parts. Says whether there is one. */
  #jwt(start: number): boolean {
    const end = this.#skip(start, isTokenPart);
    if (end - start < SHORTEST_JWT_HEADER) return false;
    if (this.#text[end] !== '.') {
      this.#noJwtBefore = end;
      return false;
    }
    this.#replace(start, this.#skip(end, (char) => char === '.' || isTokenPart(char)));
    return true;
  }

  /** The value of a secret field whose name ends at `from`: `=` or `:`, quotes around either, spaces between. */
  #fieldValue(from: number): void {
    const sign = this.#skip(this.#quote(from), isSpace);
    if (!'=:'.includes(this.#text.charAt(sign)) || sign >= this.#text.length) return;
    const start = this.#quote(this.#skip(sign + 1, isSpace));
    // A URL is longer than a value: its query may have commas and further parameters.
    let isUrl = false;
    let end = this.#skip(start, (char) => {
      isUrl ||= char === '?' || char === '/';
      return !QUOTES.includes(char) && !isSpace(char) && (isUrl || !'&,;'.includes(char));
    });
    // The closing quotation mark's, in JSON within JSON.
    while (end > start && this.#text[end - 1] === '\\') end -= 1;
    // The credential comes after the scheme.
    if (end - start < SHORTEST_VALUE || AUTH_SCHEMES.has(this.#text.slice(start, Math.min(end, start + 10)).toLowerCase())) return;
    this.#replace(start, end);
  }

  /** The credential after an authentication scheme that ends at `from`. */
  #credential(from: number): void {
    const start = this.#skip(from, isSpace);
    const end = start === from ? start : this.#skip(start, isCredential);
    if (end - start >= SHORTEST_VALUE) this.#replace(start, end);
  }

  /** Past a quotation mark, which in JSON within JSON has backslashes before it. */
  #quote(from: number): number {
    const at = this.#skip(from, (char) => char === '\\', from + 8);
    return `"'`.includes(this.#text.charAt(at)) && at < this.#text.length ? at + 1 : from;
  }

  #skip(from: number, belongs: (char: string) => boolean, limit = this.#text.length): number {
    let at = from;
    while (at < limit && at < this.#text.length && belongs(this.#text.charAt(at))) at += 1;
    this.steps += at - from + 1;
    return at;
  }

  #replace(start: number, end: number): void {
    if (end === start) return;
    this.#clean += this.#text.slice(this.#copied, start) + PLACEHOLDER;
    this.#copied = end;
    this.#at = end;
  }
}
