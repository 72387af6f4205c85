import { isRecord } from '../../lib/json.ts';
import type { SignInRecord } from '../accounts.ts';

/** MsalCache is MSAL's serialized cache: kind → key → entity. Its five kinds; others that a later MSAL adds are kept. */
export type MsalCache = Record<string, Record<string, MsalEntity>>;

export interface MsalEntity {
  home_account_id?: string;
  environment?: string;
  /** The app that got a token; an account has none. */
  client_id?: string;
  /** A token of any kind. */
  secret?: string;
  [field: string]: unknown;
}

export interface StoreContent {
  version: 1;
  cache: MsalCache;
  signIns: SignInRecord[];
}

export function emptyCache(): MsalCache {
  return { Account: {}, IdToken: {}, AccessToken: {}, RefreshToken: {}, AppMetadata: {} };
}

export function isStoreContent(value: unknown): value is StoreContent {
  return isRecord(value) && value.version === 1 && isCache(value.cache) && Array.isArray(value.signIns) && value.signIns.every(isSignInRecord);
}

export function parseCache(text: string): MsalCache {
  const parsed: unknown = JSON.parse(text);
  return isCache(parsed) ? parsed : emptyCache();
}

/** `mergeCaches` merges two caches; `added` wins if both have an entity. */
export function mergeCaches(stored: MsalCache, added: MsalCache): MsalCache {
  const merged = { ...stored };
  for (const [kind, entities] of Object.entries(added)) merged[kind] = { ...merged[kind], ...entities };
  return merged;
}

/** `withoutAccount` returns the cache without anything of this account. With a `clientId`, the tokens that other apps got for it are kept. */
export function withoutAccount(cache: MsalCache, account: Pick<SignInRecord, 'homeAccountId' | 'environment'>, clientId?: string): MsalCache {
  const isOfAnotherApp = ({ client_id: owner }: MsalEntity): boolean =>
    clientId !== undefined && typeof owner === 'string' && owner.toLowerCase() !== clientId.toLowerCase();
  const kept: MsalCache = {};
  for (const [kind, entities] of Object.entries(cache)) {
    kept[kind] = Object.fromEntries(
      Object.entries(entities).filter(
        ([, entity]) => entity.home_account_id !== account.homeAccountId || entity.environment !== account.environment || isOfAnotherApp(entity),
      ),
    );
  }
  return kept;
}

export function secretsIn(cache: MsalCache): string[] {
  return Object.values(cache)
    .flatMap((entities) => Object.values(entities))
    .flatMap((entity) => (typeof entity.secret === 'string' ? [entity.secret] : []));
}

function isCache(value: unknown): value is MsalCache {
  return isRecord(value) && Object.values(value).every((entities) => isRecord(entities) && Object.values(entities).every(isRecord));
}

function isSignInRecord(value: unknown): value is SignInRecord {
  return (
    isRecord(value) &&
    ['homeAccountId', 'environment', 'username', 'tenantId', 'clientId', 'authority', 'cloud'].every((field) => typeof value[field] === 'string') &&
    Array.isArray(value.scopes) &&
    typeof value.signedInAt === 'number'
  );
}
