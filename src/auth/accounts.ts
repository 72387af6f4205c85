import { WatchError } from '../errors.ts';
import type { CloudName } from './clouds.ts';

/** SignInRecord is one account that is signed in: what `status` shows and what a silent sign-in needs. It contains no secret. */
export interface SignInRecord {
  /** MSAL's `<object id>.<tenant id>`. */
  homeAccountId: string;
  /** Under which host MSAL cached the tokens; for the global cloud that is not the sign-in host. */
  environment: string;
  username: string;
  tenantId: string;
  clientId: string;
  authority: string;
  cloud: CloudName;
  /** Granted scopes, in the spelling of the sign-in service. */
  scopes: string[];
  /** Milliseconds since the epoch. */
  signedInAt: number;
}

/** AccountQuery says for which account a token is wanted. */
export interface AccountQuery {
  authority: string;
  clientId: string;
  /** A user name, or the beginning of a home account id; any case. */
  account?: string | undefined;
  /** Only this account, whoever else is signed in: the one that was chosen before. */
  only?: SignInRecord | undefined;
  /** Only for the hint: the authority decides. */
  cloud?: CloudName | undefined;
}

/** Where a sign-in counts: the same app at the same sign-in host. */
function belongs(record: SignInRecord, query: AccountQuery): boolean {
  return hostOf(record.authority) === hostOf(query.authority) && record.clientId.toLowerCase() === query.clientId.toLowerCase();
}

/** `accountsHere` returns the accounts that count here, the default one first: the last one signed in. */
export function accountsHere(records: readonly SignInRecord[], query: AccountQuery): SignInRecord[] {
  return records.filter((record) => belongs(record, query)).sort((a, b) => b.signedInAt - a.signedInAt);
}

/** A home account id may be shortened, but not to a letter or two that some other id happens to begin with. */
const SHORTEST_ID_PREFIX = 4;

/** `findAccount` returns the account that is meant, or `undefined` if nobody is signed in here or the named one is not. */
export function findAccount(records: readonly SignInRecord[], query: AccountQuery): SignInRecord | undefined {
  const here = accountsHere(records, query);
  const { only } = query;
  if (only !== undefined) return here.find((record) => sameAccount(record, only));
  const wanted = query.account?.toLowerCase();
  if (wanted === undefined || wanted === '') return here[0];
  const named = here.find((record) => record.username.toLowerCase() === wanted);
  if (named !== undefined || wanted.length < SHORTEST_ID_PREFIX) return named;
  const byId = here.filter((record) => record.homeAccountId.toLowerCase().startsWith(wanted));
  return byId.length === 1 ? byId[0] : undefined;
}

/** The code of the error that nobody is signed in, if signing in is all that is missing. */
export const NOT_SIGNED_IN = 'notSignedIn';

/** `selectAccount` returns the account that is meant. Throws an `auth` error that says who is signed in instead. */
export function selectAccount(records: readonly SignInRecord[], query: AccountQuery): SignInRecord {
  const found = findAccount(records, query);
  if (found !== undefined) return found;
  if (query.only !== undefined) {
    throw new WatchError('auth', `${query.only.username} is no longer signed in.`, { code: NOT_SIGNED_IN, hint: `${loginWord(query)}.` });
  }
  const here = accountsHere(records, query);
  if (here.length > 0) {
    throw new WatchError('auth', `${query.account ?? ''} is not signed in; signed in: ${here.map(({ username }) => username).join(', ')}.`, {
      hint: 'Choose one with --account, or run graph-watch login.',
    });
  }
  throw notSignedIn(records, query);
}

/** `notSignedIn` creates the error that nobody is signed in here; it names another sign-in in `records`, if there is one. */
export function notSignedIn(records: readonly SignInRecord[], query: AccountQuery): WatchError {
  const login = loginWord(query);
  const sameHost = records.find((record) => hostOf(record.authority) === hostOf(query.authority));
  if (sameHost !== undefined) {
    return new WatchError('auth', `You are not signed in with the app ${query.clientId}.`, {
      code: NOT_SIGNED_IN,
      hint: `${login}, or use the app of ${sameHost.username}: --client-id ${sameHost.clientId}.`,
    });
  }
  // At another host of the same cloud (an emulator on another port) the suggested flag would change nothing.
  const elsewhere = records.find(({ cloud }) => cloud !== (query.cloud ?? 'global'));
  return new WatchError('auth', `You are not signed in (${hostOf(query.authority)}).`, {
    code: NOT_SIGNED_IN,
    hint:
      elsewhere === undefined
        ? `${login}.`
        : `${login}, or use the cloud of ${elsewhere.username}: --cloud ${elsewhere.cloud}.`,
  });
}

function loginWord({ cloud }: AccountQuery): string {
  return `Run graph-watch ${cloud === undefined || cloud === 'global' ? '' : `--cloud ${cloud} `}login`;
}

export function sameAccount(a: SignInRecord, b: SignInRecord): boolean {
  return a.homeAccountId === b.homeAccountId && a.environment === b.environment;
}

export function hostOf(url: string): string {
  return URL.canParse(url) ? new URL(url).host : url;
}
