import type { TokenSource } from '../auth/token-source.ts';
import { findAccount, selectAccount, type SignInRecord } from '../auth/accounts.ts';
import { scopesFor } from '../auth/clouds.ts';
import type { StoreKey } from '../auth/store/key.ts';
import { KEY_UNREACHABLE } from '../auth/store/token-store.ts';
import { toError, WatchError } from '../errors.ts';
import { safeText } from '../output/safe-text.ts';
import type { CommandContext } from '../app/context.ts';
import { tokenSource, tokenStore } from '../app/graph-access.ts';

/** What `status` prints as JSON. */
export interface Status {
  /** Whether other commands have a token to use, even one from the environment. */
  signedIn: boolean;
  /** Where it comes from. */
  credential: TokenSource['kind'];
  /** RFC 3339: when the token of an unattended sign-in expires; `null` if unknown. */
  expiresAt: string | null;
  /** Stored sign-ins of every cloud, the last one first. `active`: used by other commands with the current settings. */
  accounts: {
    username: string;
    homeAccountId: string;
    tenantId: string;
    cloud: string;
    authority: string;
    clientId: string;
    scopes: string[];
    /** RFC 3339. */
    signedInAt: string;
    active: boolean;
  }[];
  cloud: string;
  authority: string;
  graphUrl: string;
  clientId: string;
  /** Granted to the active account; if there is none, requested at the next `login`. */
  scopes: string[];
  /** Where the key of the stored sign-ins is; `null` when nothing is stored. */
  storage: StoreKey['storage'] | null;
  configFolder: string;
}

/**
 * `runStatus` is `graph-watch status`: it prints who is signed in, where and with which scopes, as JSON, or as text on a
 * terminal. After that it throws the `auth` error if nobody is. A stored sign-in and a token from the environment are
 * not verified, so one that has been revoked still counts; an unattended sign-in is tried.
 */
export async function runStatus(context: CommandContext, { json = false }: { json?: boolean }): Promise<void> {
  const { settings, surroundings } = context;
  const tokens = tokenSource(context);
  const credential = tokens.kind;
  const { signIns, storage, unreadable } = await stored(context);
  // Other credentials have to be tried. A sign-in is stored, and a token from the environment is taken as it is.
  const trouble = credential === 'sign-in' || credential === 'token' ? undefined : await tokens.get({ signal: context.signal }).then(() => undefined, toError);
  const expiresAt = tokens.expiresAt?.();
  const active = credential === 'sign-in' ? findAccount(signIns, settings) : undefined;
  const status: Status = {
    signedIn: credential === 'sign-in' ? active !== undefined : trouble === undefined,
    credential,
    expiresAt: expiresAt === undefined ? null : new Date(expiresAt).toISOString(),
    accounts: ordered(signIns).map((record) => ({
      username: record.username,
      homeAccountId: record.homeAccountId,
      tenantId: record.tenantId,
      cloud: record.cloud,
      authority: record.authority,
      clientId: record.clientId,
      scopes: record.scopes,
      signedInAt: new Date(record.signedInAt).toISOString(),
      active: record === active,
    })),
    cloud: settings.cloud,
    authority: settings.authority,
    graphUrl: settings.graphUrl,
    clientId: settings.appId ?? settings.clientId,
    scopes: active?.scopes ?? scopesFor(settings.graphUrl),
    storage: storage ?? null,
    configFolder: settings.configFolder,
  };
  if (json || surroundings.stdout.isTTY !== true) await context.answer(status);
  else await context.print(asText(status));
  if (status.signedIn) return;
  if (trouble !== undefined) throw trouble;
  if (unreadable !== undefined) throw unreadable;
  // Throws: there is no active account.
  selectAccount(signIns, settings);
}

interface Stored {
  signIns: readonly SignInRecord[];
  storage: StoreKey['storage'] | undefined;
  unreadable?: WatchError;
}

/** A locked keyring does not prevent an answer: the error is reported after it. */
async function stored(context: CommandContext): Promise<Stored> {
  try {
    return await tokenStore(context).list();
  } catch (error) {
    if (!(error instanceof WatchError) || error.category !== 'auth') throw error;
    return { signIns: [], storage: error.code === KEY_UNREACHABLE ? 'keyring' : undefined, unreadable: error };
  }
}

function ordered(signIns: readonly SignInRecord[]): SignInRecord[] {
  return [...signIns].sort((a, b) => b.signedInAt - a.signedInAt);
}

function asText({ credential, expiresAt, accounts, cloud, authority, graphUrl, clientId, scopes, storage, configFolder }: Status): string {
  const active = accounts.find((account) => account.active);
  const who = {
    token: 'a token from GRAPH_WATCH_TOKEN',
    'token-file': 'a token from the file in GRAPH_WATCH_TOKEN_FILE',
    'token-command': 'a token from the command in GRAPH_WATCH_TOKEN_COMMAND',
    app: `the app ${clientId}`,
    'managed-identity': 'the managed identity of this machine',
    'sign-in': active === undefined ? 'nobody' : `${active.username} (tenant ${active.tenantId})`,
  }[credential];
  const rows: [string, string][] = [
    ['Signed in', who],
    ['Cloud', cloud],
    ['Graph', graphUrl],
    ['Authority', authority],
    ['Client id', clientId],
  ];
  if (expiresAt !== null) rows.push(['Expires', `${expiresAt} (renewed automatically)`]);
  if (credential === 'sign-in') rows.push(['Scopes', scopes.join(' ')]);
  for (const account of accounts) {
    if (!account.active) rows.push(['Other account', `${account.username} (${account.cloud})`]);
  }
  rows.push(['Stored in', `${configFolder}${storage === null ? '' : `, encrypted; key in ${storage === 'keyring' ? 'the keyring' : 'a file'}`}`]);
  const width = Math.max(...rows.map(([name]) => name.length));
  return rows.map(([name, value]) => `${name.padEnd(width)}  ${safeText(value)}\n`).join('');
}
