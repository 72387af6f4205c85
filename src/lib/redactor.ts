import { BoundedMap } from './bounded-map.ts';
import { SecretIndex, SHORTEST_SECRET } from './secret-index.ts';

/**
 * The one place where secrets are taken out of text that people or logs see.
 *
 * Two nets: every secret that the program has held (registered with `add`) is replaced wherever it
 * stands; and what looks like one (bearer headers, JWTs, OAuth fields, any URL's query) is replaced
 * even when nobody registered it.
 */
export interface Redactor {
  /** Never lets this value through again. Values under eight characters are too common to replace. */
  readonly add: (secret: string) => void;
  readonly redact: (text: string) => string;
}

const PLACEHOLDER = '[redacted]';
/**
 * A process that runs for weeks sees a token an hour, and a URL with its token every half hour for each
 * target: the newest are kept, enough for a thousand targets and their successors.
 */
const MOST_SECRETS = 5_000;

const PATTERNS: readonly (readonly [RegExp, string])[] = [
  // Any query of any URL: the push host's only credential is in one, and so are OAuth codes.
  [/\b((?:https?|wss?):\/\/[^\s?#"'<>\\]*)\?[^\s"'<>\\]*/gi, `$1?${PLACEHOLDER}`],
  // The same without its host, as a request line has it.
  [/(\/[^\s?#"'<>\\]*)\?[\w.~%-]+=[^\s"'<>\\]*/g, `$1?${PLACEHOLDER}`],
  // user:password@ of a proxy
  [/\b([a-z][a-z0-9+.-]*:\/\/)[^\s/"'<>]+@/gi, `$1${PLACEHOLDER}@`],
  [/\b(Bearer|Basic)\s+[\w.~+/=-]{6,}/gi, `$1 ${PLACEHOLDER}`],
  [/\beyJ[\w-]{5,}\.[\w-]+(?:\.[\w-]*)?/g, PLACEHOLDER],
  [
    /(["']?\b(?:access_token|refresh_token|id_token|client_info|client_assertion|client_secret|code_verifier|device_code|notificationUrl|password|token|code)["']?\s*[=:]\s*["']?)[^\s"'&,;<>]{6,}/gi,
    `$1${PLACEHOLDER}`,
  ],
];

export function createRedactor(): Redactor {
  /** Of each secret the forms in which it may stand in a text. */
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
      let clean = index.replace(text, PLACEHOLDER);
      for (const [pattern, replacement] of PATTERNS) clean = clean.replace(pattern, replacement);
      return clean;
    },
  };
}

/** As it is, percent-encoded, decoded (it may come from a URL), and as JSON has it. */
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
