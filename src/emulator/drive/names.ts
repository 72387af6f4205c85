/** Characters and names that OneDrive does not accept; see "Restrictions and limitations in OneDrive and SharePoint". */
const FORBIDDEN_CHARACTERS = /["*:<>?/\\|\p{Cc}]/u;
const RESERVED = /^(con|prn|aux|nul|com\d|lpt\d|\.lock|desktop\.ini|\.{1,2})$/i;
/** The longest name that most file systems accept, in bytes. */
const LONGEST_NAME = 255;

/** Whether a file or folder may have this name: it becomes the name of a local file, so nothing may lead out of its folder. */
export function isValidName(name: string): boolean {
  return (
    name !== '' &&
    Buffer.byteLength(name) <= LONGEST_NAME &&
    name === name.trim() &&
    !name.endsWith('.') &&
    !name.startsWith('~$') &&
    !name.includes('_vti_') &&
    !FORBIDDEN_CHARACTERS.test(name) &&
    !RESERVED.test(name)
  );
}

/** Returns the first of `report 1.txt`, `report 2.txt` … that is not taken. */
export function freeName(name: string, isTaken: (name: string) => boolean): string {
  const dot = name.lastIndexOf('.');
  const [stem, extension] = dot > 0 ? [name.slice(0, dot), name.slice(dot)] : [name, ''];
  for (let number = 1; ; number++) {
    const candidate = `${stem} ${number}${extension}`;
    if (!isTaken(candidate)) return candidate;
  }
}
