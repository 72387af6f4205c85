/** Hexadecimal digits of a personal drive's id, and how many are left at least where leading zeros were dropped. */
const PERSONAL_DIGITS = 16;
const FEWEST_DIGITS = 10;
const PERSONAL_ID = new RegExp(`^([0-9A-Fa-f]{${FEWEST_DIGITS},${PERSONAL_DIGITS}})(?:!([0-9A-Za-z.]+))?$`);

/**
 * `sameSpelling` returns an id of a drive or an item as it is compared and reported. Graph spells those of
 * personal drives at random: `4F0C2A9B71D3E586` or in lower case, without leading zeros, and the ids of their
 * items (`4F0C2A9B71D3E586!s1a…`, `…!105`) likewise (abraunegg/onedrive 3072, onedrive-go's notes): the drive's
 * part comes out padded and in upper case, the rest in lower case. Any other id (`b!…`, `01ABC…`) is returned as
 * it is: its case means something.
 */
export function sameSpelling(id: string): string {
  const [, drive, item] = PERSONAL_ID.exec(id) ?? [];
  if (drive === undefined) return id;
  const padded = drive.toUpperCase().padStart(PERSONAL_DIGITS, '0');
  return item === undefined ? padded : `${padded}!${item.toLowerCase()}`;
}
