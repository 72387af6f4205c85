/** `isAddress` says whether a word on the command line is meant as an address rather than an id or a name. */
export function isAddress(text: string): boolean {
  return /^\s*(?:https?|odopen|msteams):\/\//i.test(text) || /^\s*\S+\.sharepoint(?:-mil)?\.(?:com|us|cn)\//i.test(text) || /^\s*1drv\.ms\//i.test(text);
}
