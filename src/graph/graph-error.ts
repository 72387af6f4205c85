import { WatchError, type ErrorCategory } from '../errors.ts';
import { foreignText } from '../lib/foreign-text.ts';
import { isRecord, parseJson } from '../lib/json.ts';
import { missingHint } from './missing.ts';
import { permissionHint } from './permissions.ts';

/** GraphErrorBody is what Graph says about a failure, as far as it can be read. */
export interface GraphErrorBody {
  code: string | undefined;
  message: string | undefined;
  requestId: string | undefined;
  /** Every code from the outermost to the innermost: OneDrive nests `innererror`. */
  codes: string[];
}

/**
 * `readGraphError` reads `{"error":{"code","message","innerError":{"request-id"}}}`; OneDrive spells it `innererror`
 * and nests it. Source: Microsoft Graph, concepts/errors.md.
 */
export function readGraphError(body: string): GraphErrorBody {
  return graphErrorIn(parseJson(body));
}

/** `graphErrorIn` reads Graph's error from a body that has been parsed, however deep it is. */
export function graphErrorIn(parsed: unknown): GraphErrorBody {
  const found: GraphErrorBody = { code: undefined, message: undefined, requestId: undefined, codes: [] };
  let level = isRecord(parsed) ? parsed.error : undefined;
  for (let depth = 0; isRecord(level) && depth < 10; depth += 1) {
    const { code, message } = level;
    if (typeof code === 'string' && code !== '') found.codes.push(code);
    if (typeof message === 'string' && message !== '') found.message ??= message;
    const requestId = level['request-id'];
    if (typeof requestId === 'string') found.requestId ??= requestId;
    level = level.innerError ?? level.innererror;
  }
  found.code = found.codes[0];
  return found;
}

/** Graph's codes and request ids are a few dozen characters. */
const LONGEST_CODE = 100;

export interface FailedAnswer {
  status: number;
  headers: Readonly<Record<string, string>>;
  body: string;
  /** The body was too long to be read, and is empty. */
  bodyDropped?: boolean | undefined;
  retryAfterMs: number | undefined;
  /** What to do if Graph forbids it. */
  forbidden?: string | undefined;
  /** What to do if Graph finds nothing. */
  missing?: string | undefined;
  /** Removes secrets from Graph's text before it is cut: half a token would not be recognized. */
  redact?: ((text: string) => string) | undefined;
}

/** `graphError` turns a failed answer into the error that decides what happens next. */
export function graphError({ status, headers, body, bodyDropped = false, retryAfterMs, forbidden = permissionHint(''), missing = missingHint(''), redact = (text) => text }: FailedAnswer): WatchError {
  const { code, message, requestId, codes } = readGraphError(body);
  const category = categoryOf(status);
  const said = bodyDropped ? ', with an error body that is too long to be read' : message === undefined ? '' : `: ${foreignText(message, redact).replace(/\.$/, '')}`;
  return new WatchError(category, `Graph returned ${status}${code === undefined ? '' : ` ${foreignText(code, redact, LONGEST_CODE)}`}${said}`, {
    code: codes.includes('notSupported') ? 'notSupported' : code,
    status,
    requestId: shortId(requestId ?? headers['request-id'], redact),
    retryAfterMs,
    hint: status === 403 ? forbidden : status === 404 ? missing : hintOf(status, codes),
  });
}

function categoryOf(status: number): ErrorCategory {
  if (status === 401) return 'auth';
  // 408 and 429 are temporary; 509 is OneDrive's "bandwidth limit exceeded"; a redirect is not an answer to an API call.
  if (status === 408 || status === 429 || status >= 500 || status < 400) return 'network';
  return 'refused';
}

function hintOf(status: number, codes: readonly string[]): string | undefined {
  if (status === 401) return 'Run graph-watch login.';
  if (codes.includes('notSupported')) return 'Some tenants refuse this at times: try again later. Only drives and document libraries can be watched.';
  if (status === 400) return 'Check the id.';
  return undefined;
}

function shortId(id: string | undefined, redact: (text: string) => string): string | undefined {
  return id === undefined ? undefined : foreignText(id, redact, LONGEST_CODE);
}
