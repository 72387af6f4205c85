/** Hosts that people copy without `https://`. */
const WITHOUT_SCHEME = /^(?:[\w-]+\.sharepoint(?:-mil)?\.(?:com|us|cn)(?:\/|$)|(?:1drv\.ms|(?:www\.)?onedrive\.live\.com|teams\.microsoft\.com|teams\.cloud\.microsoft)\/)/i;

/** `isAddress` says whether a word on the command line is meant as an address rather than an id or a name. */
export function isAddress(text: string): boolean {
  const trimmed = text.trim();
  return /^<?(?:https?|odopen|msteams):\/\//i.test(trimmed) || WITHOUT_SCHEME.test(trimmed);
}
