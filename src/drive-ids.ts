/** Digits of a personal drive's id. */
const PERSONAL_DIGITS = 16;

/**
 * `sameSpelling` returns an id of a drive or an item as it is compared and reported. Graph spells those of
 * personal drives at random: `4F0C2A9B71D3E586` or in lower case, without leading zeros, and the ids of their
 * items (`4F0C2A9B71D3E586!s1a…`, `…!105`) likewise (onedrive-api-docs, abraunegg/onedrive 3072): the drive's
 * part comes out padded and in upper case, the rest in lower case. Any other id (`b!…`, base64) is returned as
 * it is: its case means something.
 */
export function sameSpelling(id: string): string {
  const [, drive = '', item] = /^([0-9A-Fa-f]{1,16})(?:!([0-9A-Za-z.]+))?$/.exec(id) ?? [];
  // Shorter ones without an item could be anything; a personal drive's id has lost a digit or three, not more.
  if (drive === '' || (item === undefined && drive.length < PERSONAL_DIGITS - 3)) return id;
  const padded = drive.toUpperCase().padStart(PERSONAL_DIGITS, '0');
  return item === undefined ? padded : `${padded}!${item.toLowerCase()}`;
}
