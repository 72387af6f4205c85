import type { Grant } from '../sign-in/tokens.ts';
import type { Address } from './address/address.ts';
import type { Drive } from './directory/directory.ts';

export type Json = Record<string, unknown>;

/** A request to Graph, read and authorized. */
export interface GraphRequest {
  method: string;
  address: Address;
  grant: Grant;
  /** `v1.0` or `beta`. */
  version: string;
  /** The path as it was written, after the version. */
  path: string;
  query: URLSearchParams;
  /** The drive that a sharing link led to, which the user may read for this request. */
  sharedDrive?: Drive;
  header(name: string): string | undefined;
  /** The body as a JSON object; throws Graph's 400 for anything else. */
  json(): Promise<Json>;
  /** The body's bytes as they arrive. */
  stream(): ReadableStream<Uint8Array> | null;
}

export interface GraphReply {
  status: number;
  headers?: Readonly<Record<string, string>>;
  /** Absent: an empty body. */
  body?: Json;
}
