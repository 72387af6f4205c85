import { WatchError } from '../errors.ts';

/** OAuthFailure is what the sign-in service says when it refuses (RFC 6749 §5.2, with Microsoft's additions). */
export interface OAuthFailure {
  /** The OAuth error, which decides: `invalid_grant`, `authorization_declined`. */
  error: string;
  description?: string | undefined;
  /** AADSTS numbers, most specific first. They only choose the hint: Microsoft adds and retires them freely. */
  codes: readonly number[];
  traceId?: string | undefined;
  /** HTTP status, if the failure came as an answer. */
  status?: number | undefined;
  /** Milliseconds to wait before asking the service again. */
  retryAfterMs?: number | undefined;
}

/** `parseOAuthFailure` recognizes an OAuth error body; anything else is `undefined`. */
export function parseOAuthFailure(body: unknown, status?: number, retryAfterMs?: number): OAuthFailure | undefined {
  if (typeof body !== 'object' || body === null || !('error' in body) || typeof body.error !== 'string') return undefined;
  const fields = body as Record<string, unknown>;
  const description = typeof fields.error_description === 'string' ? fields.error_description : undefined;
  const listed = Array.isArray(fields.error_codes) ? fields.error_codes.filter((code) => typeof code === 'number') : [];
  return {
    error: body.error,
    description,
    codes: listed.length > 0 ? listed : codesIn(description ?? ''),
    traceId: typeof fields.trace_id === 'string' ? fields.trace_id : undefined,
    status,
    retryAfterMs,
  };
}

/** `codesIn` returns the AADSTS numbers in a description. */
export function codesIn(text: string): number[] {
  return [...text.matchAll(/AADSTS(\d{4,8})/g)].map((match) => Number(match[1]));
}

interface Explanation {
  /** Completes "Sign-in failed: …". */
  readonly why: string;
  /** What to do next. */
  readonly next: string;
}

const SIGN_IN_AGAIN = 'Run graph-watch login.';
const ASK_ADMIN = 'Ask an administrator to consent, or use your own app registration with --client-id.';
const TENANT = 'Specify your tenant with --tenant, and check --cloud and --client-id.';
const BLOCKED = 'Sign in with graph-watch login --browser on a device that your organization manages, or ask an administrator.';
const ONE_FACTOR_MORE = 'Run graph-watch login and complete the second factor; if that is refused, try graph-watch login --browser.';

const BY_CODE: Readonly<Record<number, Explanation>> = {
  65001: { why: 'the app\'s permissions have not been consented to', next: 'Run graph-watch login and accept the permissions, or ask an administrator to.' },
  65004: { why: 'the permissions were declined', next: 'Run graph-watch login again and accept them.' },
  90094: { why: 'an administrator must consent to this app first', next: ASK_ADMIN },
  90095: { why: 'an administrator must consent to this app first', next: ASK_ADMIN },
  7000218: { why: 'the app registration does not allow public clients', next: 'Turn on "Allow public client flows" under Authentication in the app registration.' },
  50059: { why: 'the app needs to know the tenant', next: TENANT },
  50194: { why: 'the app is for a single tenant and cannot be used on "common"', next: TENANT },
  700016: { why: 'the app was not found in this tenant', next: TENANT },
  90002: { why: 'the tenant does not exist in this cloud', next: TENANT },
  50020: { why: 'the account is not a member of this tenant', next: 'Sign in with an account of the tenant, or name the right one with --tenant.' },
  50105: { why: 'the account is not assigned to this app', next: 'Ask an administrator to assign it, or use another app with --client-id.' },
  50057: { why: 'the account is disabled', next: 'Ask an administrator, or sign in with another account.' },
  50076: { why: 'a second factor is needed', next: ONE_FACTOR_MORE },
  50079: { why: 'a second factor must be set up first', next: ONE_FACTOR_MORE },
  53000: { why: 'a Conditional Access policy requires a compliant device', next: BLOCKED },
  53001: { why: 'a Conditional Access policy requires a device joined to the domain', next: BLOCKED },
  53002: { why: 'a Conditional Access policy does not allow this app', next: BLOCKED },
  53003: { why: 'a Conditional Access policy blocks this sign-in, perhaps because it uses a device code', next: BLOCKED },
  50011: { why: 'the app registration does not list the redirect URI of the browser sign-in', next: 'Add http://localhost under "Mobile and desktop applications" in the app registration.' },
  500113: { why: 'the app registration has no redirect URI for the browser sign-in', next: 'Add http://localhost under "Mobile and desktop applications" in the app registration.' },
  70011: { why: 'a requested scope does not exist', next: 'Check the values of --scope.' },
  650053: { why: 'a requested scope does not exist', next: 'Check the values of --scope.' },
  70016: { why: 'the code has not been entered yet', next: 'Run graph-watch login again.' },
  70018: { why: 'the code was not valid', next: 'Run graph-watch login again and enter the new code.' },
  // Personal accounts get this at times while the code is still valid.
  70019: { why: 'the code has expired', next: 'Run graph-watch login again; if this happens at once with a personal account, try graph-watch login --browser.' },
  70008: { why: 'the sign-in has expired', next: SIGN_IN_AGAIN },
  700082: { why: 'the sign-in has expired because it was not used', next: SIGN_IN_AGAIN },
  70043: { why: 'a policy requires you to sign in again', next: SIGN_IN_AGAIN },
  50173: { why: 'the sign-in was revoked, perhaps because the password was changed', next: SIGN_IN_AGAIN },
  9002331: { why: 'the app is for personal accounts only', next: 'Sign in with --tenant consumers.' },
  7000215: { why: 'the app\'s secret is wrong', next: 'Check AZURE_CLIENT_SECRET: it has to be the secret\'s value, not its id.' },
  7000222: { why: 'the app\'s secret has expired', next: 'Create a new one in the app registration, or use a certificate or a federated credential.' },
  700027: { why: 'the app\'s certificate is not accepted', next: 'Upload this certificate to the app registration, and check that it has not expired.' },
  7000229: { why: 'the app has no service principal in this tenant', next: 'Ask an administrator of the tenant to consent to the app, and check AZURE_TENANT_ID.' },
  7000112: { why: 'the app is disabled', next: 'Ask an administrator to enable it.' },
  700025: { why: 'the app is registered as a public client, which has no secret', next: 'Register it as a confidential client, or leave the secret out.' },
  70021: { why: 'no federated credential of the app matches', next: 'Compare issuer, subject and audience in the app registration, including case; a new one takes a few minutes to work.' },
  700211: { why: 'no federated credential of the app has this issuer', next: 'Copy the issuer from the message (--debug shows it) into the app\'s federated credential.' },
  700213: { why: 'no federated credential of the app has this subject', next: 'Copy the subject from the message (--debug shows it) into the app\'s federated credential.' },
  70025: { why: 'the app has no federated credential', next: 'Add one in the app registration, with the issuer and subject of the job.' },
  700024: { why: 'the assertion is outside its validity period', next: 'Check the clock of this machine, and that the federated token has not expired.' },
  700223: { why: 'the tenant restricts federated credentials', next: 'Ask its administrator.' },
  700238: { why: 'the tenant restricts federated credentials', next: 'Ask its administrator.' },
  900382: { why: 'the app belongs to another cloud', next: 'Use --cloud to choose the cloud in which the app is registered.' },
  90038: { why: 'the app belongs to another cloud', next: 'Use --cloud to choose the cloud in which the app is registered.' },
  500011: { why: 'the tenant does not know this Graph URL', next: 'Check --cloud and GRAPH_WATCH_GRAPH_URL.' },
  50001: { why: 'the tenant does not know this Graph URL', next: 'Check --cloud and GRAPH_WATCH_GRAPH_URL.' },
  9001023: { why: 'signing in as an app needs a tenant', next: 'Set AZURE_TENANT_ID, or --tenant <tenant id>.' },
  1002012: { why: 'the scope does not end in /.default', next: 'Check GRAPH_WATCH_GRAPH_URL.' },
  9002332: { why: 'the app is for work and school accounts only', next: 'Sign in with --tenant organizations or your own tenant, not consumers.' },
};

const EXPIRED_CODE: Explanation = {
  why: 'the code has expired',
  next: 'Run graph-watch login again; if this happens at once with a personal account, try graph-watch login --browser.',
};

const BY_ERROR: Readonly<Record<string, Explanation>> = {
  authorization_declined: { why: 'it was declined', next: 'Run graph-watch login again to retry.' },
  access_denied: { why: 'it was declined', next: 'Run graph-watch login again to retry.' },
  expired_token: EXPIRED_CODE,
  code_expired: EXPIRED_CODE,
  device_code_expired: EXPIRED_CODE,
  bad_verification_code: { why: 'the code was not valid', next: 'Run graph-watch login again.' },
  invalid_grant: { why: 'the sign-in is no longer valid', next: SIGN_IN_AGAIN },
  interaction_required: { why: 'the service needs you to sign in interactively', next: SIGN_IN_AGAIN },
  login_required: { why: 'the service requires you to sign in again', next: SIGN_IN_AGAIN },
  consent_required: { why: 'the permissions must be accepted first', next: SIGN_IN_AGAIN },
  invalid_client: { why: 'the service does not accept this app', next: 'Check --client-id, and that the app registration allows public client flows.' },
  unauthorized_client: { why: 'the app is not allowed to sign in this way', next: 'Check --client-id and --tenant.' },
  invalid_scope: { why: 'a requested scope does not exist', next: 'Check the values of --scope.' },
  invalid_tenant: { why: 'the tenant does not exist in this cloud', next: TENANT },
};

/** Errors that say the service is in trouble, not the user. */
const TRANSIENT = new Set(['temporarily_unavailable', 'server_error', 'slow_down']);

/** `explainOAuthFailure` explains a refusal of the sign-in service in one sentence and the next step: `auth`, or `network` if it is only busy. */
export function explainOAuthFailure(failure: OAuthFailure, cause?: unknown): WatchError {
  const { status } = failure;
  const error = plain(failure.error).slice(0, 60);
  const details = { code: error, status, requestId: failure.traceId, cause };
  if (TRANSIENT.has(failure.error) || status === 429 || (status !== undefined && status >= 500)) {
    return new WatchError('network', `The sign-in service is unavailable (${error}).`, {
      ...details,
      retryAfterMs: failure.retryAfterMs,
      hint: 'Try again later.',
    });
  }
  const code = failure.codes.find((number) => number in BY_CODE) ?? failure.codes[0];
  const known = (code === undefined ? undefined : BY_CODE[code]) ?? BY_ERROR[failure.error];
  const shown = code === undefined ? error : `AADSTS${code}`;
  return new WatchError('auth', `Sign-in failed: ${known?.why ?? firstSentence(failure)} (${shown}).`, {
    ...details,
    hint: known?.next ?? SIGN_IN_AGAIN,
  });
}

/** The service's own words for an unknown error: one line, without the ids that follow. */
function firstSentence({ description, error }: OAuthFailure): string {
  const sentence = (description ?? '')
    .replace(/^AADSTS\d+:\s*/, '')
    .split(/[\r\n]|\.\s|Trace ID:/)[0]
    ?.trim();
  return sentence === undefined || sentence === '' ? `the service answered "${plain(error).slice(0, 60)}"` : plain(sentence).slice(0, 200);
}

/** Removes what could control a terminal: control, format and unassigned characters. */
function plain(text: string): string {
  return text.replace(/\p{C}/gu, '');
}
