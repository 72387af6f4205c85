/** The number of hexadecimal digits of a personal drive's id, and the fewest that are left if leading zeros were dropped. */
const PERSONAL_DIGITS = 16;
const FEWEST_DIGITS = 10;
const PERSONAL_ID = new RegExp(`^([0-9A-Fa-f]{${FEWEST_DIGITS},${PERSONAL_DIGITS}})(?:!([0-9A-Za-z.]+))?$`);

/** `personalDriveId` spells the id of a personal drive: 16 hexadecimal digits, in upper case. */
export function personalDriveId(digits: string): string {
  return digits.toUpperCase().padStart(PERSONAL_DIGITS, '0');
}

/**
 * `canonicalId` returns an id of a drive or an item in the form in which it is compared and reported. Graph spells
 * those of personal drives inconsistently: `4F0C2A9B71D3E586` or in lower case, without leading zeros, and the ids of their
 * items (`4F0C2A9B71D3E586!s1a…`, `…!105`) likewise (abraunegg/onedrive 3072, onedrive-go's notes): the drive's
 * part comes out padded and in upper case, the rest in lower case. Any other id (`b!…`, `01ABC…`) is returned
 * unchanged: its case is significant.
 */
export function canonicalId(id: string): string {
  // Most ids, and quicker to see.
  if (id.length > PERSONAL_DIGITS && !id.includes('!')) return id;
  const [, drive, item] = PERSONAL_ID.exec(id) ?? [];
  if (drive === undefined) return id;
  const padded = personalDriveId(drive);
  return item === undefined ? padded : `${padded}!${item.toLowerCase()}`;
}
