import { BoundedMap } from './bounded-map.ts';
import { SecretIndex, SHORTEST_SECRET } from './secret-index.ts';
import { redactPatterns } from './secret-patterns.ts';

/**
 * Redactor removes secrets from text that people or logs see: every secret that the program has held
 * (registered with `add`), wherever it appears; and what looks like one (bearer headers, JWTs, OAuth fields,
 * any URL's query), even when nobody registered it. The work grows no faster than the text.
 */
export interface Redactor {
  /** Never lets this value through again. Values under eight characters are too common to replace. */
  readonly add: (secret: string) => void;
  /** Returns the text without secrets; of a long text only the beginning, since others choose its length. */
  readonly redact: (text: string) => string;
}

const PLACEHOLDER = '[redacted]';
/**
 * A process that runs for weeks sees a token per hour, and a URL with its token every half hour for each
 * target: the newest are kept, enough for a thousand targets and their successors.
 */
const MOST_SECRETS = 5_000;

/** Lines for people are short. A longer text is foreign, and not useful as a whole. */
const LONGEST_TEXT = 16_384;
/** The last word of a text that was cut may be the first part of a secret that only its end gives away (`user:password@`). */
const LONGEST_CUT_WORD = 2_048;

export function createRedactor(): Redactor {
  /** The forms in which each secret may appear in a text. */
  const index = new SecretIndex();
  const secrets = new BoundedMap<string, true>(MOST_SECRETS, (oldest) => {
    for (const form of formsOf(oldest)) index.remove(form);
  });
  return {
    add(secret) {
      if (secret.length < SHORTEST_SECRET) return;
      // The same token comes with every request.
      if (secrets.set(secret, true)) return;
      for (const form of formsOf(secret)) index.add(form);
    },
    redact(text) {
      // In this order: a known secret that is cut in two is no longer recognized.
      return redactPatterns(capped(index.replace(text, PLACEHOLDER)));
    },
  };
}

/** `capped` cuts a text that is too long, at the end of a word. */
function capped(text: string): string {
  if (text.length <= LONGEST_TEXT) return text;
  let end = LONGEST_TEXT;
  while (end > LONGEST_TEXT - LONGEST_CUT_WORD && !/\s/.test(text.charAt(end))) end -= 1;
  return `${text.slice(0, end).toWellFormed()} … (${text.length - end} more characters)`;
}

/** Returns it unchanged, percent-encoded, decoded (it may come from a URL), and as JSON has it. */
function formsOf(secret: string): string[] {
  return [secret, encodeURIComponent(secret.toWellFormed()), decoded(secret), JSON.stringify(secret).slice(1, -1)];
}

function decoded(secret: string): string {
  try {
    const text = decodeURIComponent(secret);
    return text.length < SHORTEST_SECRET ? secret : text;
  } catch {
    return secret;
  }
}
