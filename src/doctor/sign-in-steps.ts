import type { TokenSource } from '../auth/token-source.ts';
import { tokenStore } from '../app/graph-access.ts';
import { WatchError } from '../errors.ts';
import { describeDuration } from '../lib/duration.ts';
import { field } from '../lib/json.ts';
import type { Journey } from './journey.ts';
import { claimsOf, covers, howToGet, leastScope, type Claims } from './scopes.ts';
import type { Finding, Step } from './steps.ts';

/** `signInSteps` are the token, and what it permits. */
export const signInSteps: readonly Step[] = [
  { name: 'sign-in', needs: ['tls'], run: signIn },
  { name: 'scopes', needs: ['sign-in'], run: scopes },
];

const CREDENTIALS: Readonly<Record<TokenSource['kind'], string>> = {
  token: 'the token in GRAPH_WATCH_TOKEN',
  'token-file': 'the token in the file that GRAPH_WATCH_TOKEN_FILE names',
  'token-command': 'the command in GRAPH_WATCH_TOKEN_COMMAND',
  app: 'an app (--auth app)',
  'managed-identity': 'the managed identity of this machine',
  'sign-in': 'the stored sign-in',
};

async function signIn(journey: Journey, signal: AbortSignal): Promise<Finding> {
  const { tokens, context: { surroundings: { clock } } } = journey;
  const token = await tokens.get({ signal });
  const claims = await knownOf(journey, token);
  journey.scopes = claims.scopes;
  const expiresAt = tokens.expiresAt?.() ?? claims.expiresAt;
  const credential = CREDENTIALS[tokens.kind];
  if (expiresAt === undefined) return { detail: `${credential}; expiry unknown` };
  const leftMs = expiresAt - clock.now();
  if (leftMs > 0) return { detail: `${credential}; the token is valid for ${describeDuration(leftMs)}, until ${new Date(expiresAt).toISOString()}` };
  throw new WatchError('auth', `${credential}: the token expired ${describeDuration(-leftMs)} ago, at ${new Date(expiresAt).toISOString()}`, {
    code: 'tokenExpired', hint: tokens.kind === 'sign-in' ? 'Run graph-watch login.' : 'Get a new token.',
  });
}

/** What is known about the token: for a stored sign-in what was stored with it, for others what they say about themselves. */
async function knownOf({ context, tokens }: Journey, token: string): Promise<Claims> {
  const claims = claimsOf(token);
  if (tokens.kind !== 'sign-in') return claims;
  const stored = Object.values((await tokenStore(context).read())?.cache.AccessToken ?? {}).find(({ secret }) => secret === token);
  const [target, expiresOn] = [field(stored, 'target'), Number(field(stored, 'expires_on'))];
  return {
    scopes: typeof target === 'string' ? target.split(' ').filter((scope) => scope !== '') : claims.scopes,
    expiresAt: Number.isFinite(expiresOn) && expiresOn > 0 ? expiresOn * 1000 : claims.expiresAt,
  };
}

/** The scopes that matter for reading drives; a business token has many others. */
const RELEVANT = /(?:^|\/)(?:files|sites|lists)\./i;

function scopes({ scopes: carried, isOwnDrive, probeFolder, tokens }: Journey): Promise<Finding> {
  const need = { own: isOwnDrive, write: probeFolder !== undefined };
  const scope = leastScope(need);
  if (carried === undefined) return Promise.resolve({ detail: `the token does not list its scopes; ${scope} is needed` });
  const shown = carried.filter((one) => RELEVANT.test(one)).join(' ');
  const has = shown === '' ? 'no scope for files' : shown;
  const answer = covers(carried, need);
  if (answer === 'yes') return Promise.resolve({ detail: `${has}; ${scope} is needed` });
  if (answer === 'perhaps') return Promise.resolve({ detail: `${has}; enough only if the drive is yours, or this app was granted access to it`, advice: `Otherwise: ${howToGet(tokens.kind, scope)}` });
  throw new WatchError('refused', `the token has ${has}, but ${scope} is needed`, { code: 'scopeMissing', hint: howToGet(tokens.kind, scope) });
}
