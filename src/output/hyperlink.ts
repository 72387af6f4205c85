/** Longer addresses are not links: terminals limit them to about this many characters, and show what does not fit as text. */
const LONGEST_URL = 2_000;

/**
 * `hyperlink` makes text a link (OSC 8), if the address can be opened safely: `https`, no name or password in it, and
 * nothing that would end the escape sequence. Otherwise returns the text alone.
 * Source: https://gist.github.com/egmontkob/eb114294efbcd5adb1944c9f3cb5feda
 */
export function hyperlink(text: string, address: string | undefined): string {
  const url = safeUrl(address);
  return url === undefined || text === '' ? text : `\u001b]8;;${url}\u001b\\${text}\u001b]8;;\u001b\\`;
}

function safeUrl(address: string | undefined): string | undefined {
  if (address === undefined || !URL.canParse(address)) return undefined;
  const { protocol, username, password, href } = new URL(address);
  // As parsed, so that what is not ASCII is percent-encoded.
  return protocol === 'https:' && username === '' && password === '' && href.length <= LONGEST_URL && /^[\x21-\x7e]+$/.test(href) ? href : undefined;
}
