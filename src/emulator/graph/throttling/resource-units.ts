import type { Address } from '../address/address.ts';

/**
 * Returns what a request costs, in resource units, as published for SharePoint and OneDrive: 1 for a
 * single item, a download or delta with a token; 2 for a list, a write or delta without a token; 5 for
 * anything with permissions.
 */
export function resourceUnits(method: string, address: Address, query: URLSearchParams): number {
  if (address.what === 'permissions' || address.what === 'createLink' || address.what === 'share') return 5;
  if (/\bpermissions\b/i.test(query.get('$expand') ?? '')) return 5;
  if (method !== 'GET' && method !== 'HEAD') return 2;
  if (address.what === 'delta') return (address.token ?? query.get('token') ?? '') === '' ? 2 : 1;
  return SINGLE.has(address.what) ? 1 : 2;
}

/** The resources that answer with one entity, or none. */
const SINGLE: ReadonlySet<Address['what']> = new Set(['item', 'content', 'drive', 'driveList', 'endpoint', 'listEndpoint', 'site', 'list', 'me', 'user', 'group', 'team', 'channel']);
