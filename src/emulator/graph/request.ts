import type { Grant } from '../sign-in/tokens.ts';
import type { Address } from './address/address.ts';

/** A request to Graph, read and authorized. */
export interface GraphRequest {
  address: Address;
  grant: Grant;
  /** `v1.0` or `beta`. */
  version: string;
  /** As it was written, after the version. */
  path: string;
  query: URLSearchParams;
  header(name: string): string | undefined;
}
