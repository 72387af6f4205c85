/**
 * JSON text that is one line to every reader: Node's readline, for one, ends a line at U+2028 and
 * U+2029 too, which JSON allows in a string as they are, and file names may hold.
 */
export function oneLine(json: string): string {
  // Nearly no text has them, and in one of Latin characters only there is nothing to search.
  if (!json.includes('\u2028') && !json.includes('\u2029')) return json;
  return json.replaceAll('\u2028', '\\u2028').replaceAll('\u2029', '\\u2029');
}
