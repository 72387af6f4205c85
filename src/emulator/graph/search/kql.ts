import { invalidRequest, notSupported } from '../errors.ts';

/** What a query can test about an item. */
export interface Searchable {
  name: string;
  webUrl: string;
  folder: boolean;
}

export type Kql = (item: Searchable) => boolean;

const TERMS = /\s*(-|\+|NOT\s+)?(?:(\w+)(?::|=))?(?:"([^"]*)"|([^\s"()]+))/gy;

/**
 * Parses a query of the Keyword Query Language: words and phrases, `filename:`, `filetype:`, `path:`,
 * `isDocument:`, `AND`, `NOT`. Throws Graph's 400 for anything else, naming it.
 */
export function parseKql(text: string): Kql {
  const tests: Kql[] = [];
  let end = 0;
  TERMS.lastIndex = 0;
  for (const match of text.matchAll(TERMS)) {
    const [whole, sign = '', property, phrase, word = ''] = match;
    end = match.index + whole.length;
    if (property === undefined && phrase === undefined && /^(AND|OR|NEAR|ONEAR|WORDS|XRANK)\b/.test(word)) {
      if (word !== 'AND') throw notSupported(`The query operator '${word}' is not supported.`);
      continue;
    }
    const test = testOf(property?.toLowerCase(), (phrase ?? word).toLowerCase());
    tests.push(sign.startsWith('-') || sign.startsWith('NOT') ? (item) => !test(item) : test);
  }
  if (text.slice(end).trim() !== '') throw invalidRequest(`The query is not valid or not supported: ${text.slice(end).trim()}`);
  return (item) => tests.every((test) => test(item));
}

function testOf(property: string | undefined, value: string): Kql {
  const prefix = value.replace(/\*+$/, '');
  switch (property) {
    case undefined:
      return ({ name }) => name.toLowerCase().includes(prefix);
    case 'filename':
      return ({ name }) => name.toLowerCase().includes(prefix);
    case 'filetype':
      return ({ name, folder }) => !folder && name.toLowerCase().endsWith(`.${value}`);
    case 'path':
      return ({ webUrl }) => decoded(webUrl).startsWith(decoded(prefix).replace(/\/$/, ''));
    case 'isdocument':
      return ({ folder }) => folder === !/^(true|1)$/.test(value);
    default:
      throw notSupported(`The query property '${property}' is not supported.`);
  }
}

function decoded(url: string): string {
  try {
    return decodeURIComponent(url).toLowerCase();
  } catch {
    return url.toLowerCase();
  }
}
