/** `nonBlank` returns a text without the spaces around it, or `undefined` if nothing is left: a variable that is empty counts as not set. */
export function nonBlank(text: string | undefined): string | undefined {
  const trimmed = text?.trim();
  return trimmed === '' ? undefined : trimmed;
}
