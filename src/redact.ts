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
const SHORTEST_SECRET = 8;
/** A process that runs for weeks sees a token an hour and a URL every half hour: keep the newest. */
const MOST_SECRETS = 500;

const PATTERNS: readonly (readonly [RegExp, string])[] = [
  // Any query of any URL: the push host's only credential is in one, and so are OAuth codes.
  [/\b((?:https?|wss?):\/\/[^\s?#"'<>\\]*)\?[^\s"'<>\\]*/gi, `$1?${PLACEHOLDER}`],
  // user:password@ of a proxy
  [/\b([a-z][a-z0-9+.-]*:\/\/)[^\s/@"'<>]+@/gi, `$1${PLACEHOLDER}@`],
  [/\b(Bearer|Basic)\s+[\w.~+/=-]{6,}/gi, `$1 ${PLACEHOLDER}`],
  [/\beyJ[\w-]{5,}\.[\w-]+(?:\.[\w-]*)?/g, PLACEHOLDER],
  [
    /(["']?\b(?:access_token|refresh_token|id_token|client_info|client_assertion|client_secret|code_verifier|device_code|notificationUrl|password|token|code)["']?\s*[=:]\s*["']?)[^\s"'&,;<>]{6,}/gi,
    `$1${PLACEHOLDER}`,
  ],
];

export function createRedactor(): Redactor {
  const secrets = new Set<string>();
  return {
    add(secret) {
      for (const form of new Set([secret, encodeURIComponent(secret)])) {
        if (form.length < SHORTEST_SECRET) continue;
        secrets.delete(form);
        secrets.add(form);
      }
      for (const oldest of secrets) {
        if (secrets.size <= MOST_SECRETS) break;
        secrets.delete(oldest);
      }
    },
    redact(text) {
      let clean = text;
      for (const secret of secrets) clean = clean.replaceAll(secret, PLACEHOLDER);
      for (const [pattern, replacement] of PATTERNS) clean = clean.replace(pattern, replacement);
      return clean;
    },
  };
}
