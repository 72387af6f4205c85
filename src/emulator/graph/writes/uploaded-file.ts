import type { Author } from '../../drive/item.ts';
import type { ItemReference } from '../address/address.ts';
import type { Drive } from '../directory/directory.ts';
import type { GraphRequest } from '../request.ts';
import type { Conflict, GivenTimes } from './write-options.ts';

/** A file that was uploaded, and where it is to go. */
export interface UploadedFile {
  /** A complete file outside of the drive's folder; it is moved from there. */
  source: string;
  drive: Drive;
  reference: ItemReference;
  conflict: Conflict;
  times: GivenTimes;
  author: Author;
  /** The request whose `If-Match` and `If-None-Match` count. */
  preconditions: Pick<GraphRequest, 'header'>;
}
