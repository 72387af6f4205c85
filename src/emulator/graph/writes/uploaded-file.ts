import type { Author } from '../../drive/item.ts';
import type { ItemReference } from '../address/address.ts';
import type { Drive } from '../directory/directory.ts';
import type { GraphRequest } from '../request.ts';
import type { Conflict, GivenTimes } from './write-options.ts';

/** An uploaded file and its destination. */
export interface UploadedFile {
  /** A complete file outside the drive's folder, from where it is moved. */
  source: string;
  drive: Drive;
  reference: ItemReference;
  conflict: Conflict;
  times: GivenTimes;
  author: Author;
  /** The request whose `If-Match` and `If-None-Match` apply. */
  preconditions: Pick<GraphRequest, 'header'>;
}
