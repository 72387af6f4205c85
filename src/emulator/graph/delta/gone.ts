import { GraphError } from '../errors.ts';

/** The codes that a 410 was seen with; the first says that the token is too old. */
export const RESYNC_CODES = [
  'resyncRequired',
  'resyncChangesApplyDifferences',
  'resyncChangesUploadDifferences',
  'resyncApplyDifferences',
  'resyncUploadDifferences',
] as const;
export type ResyncCode = (typeof RESYNC_CODES)[number];

/** Makes the next delta calls that have a token answer 410, and sets what their Location leads to. */
export interface Gone {
  count: number;
  code: ResyncCode;
  location: 'none' | 'good' | 'broken';
}

/** A token that answers 500, as a real Location once did. */
export const BROKEN_TOKEN = 'broken-resync';

/** `startOver` is the URL of delta, without a token. */
export function goneError(code: ResyncCode, location: Gone['location'], startOver: string): GraphError {
  const headers: Record<string, string> = {};
  if (location === 'good') headers.Location = startOver;
  if (location === 'broken') headers.Location = `${startOver}?token=${BROKEN_TOKEN}`;
  return new GraphError(410, code, 'Resync required. Replace any local items with the server’s version.', headers);
}
