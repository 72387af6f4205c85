/** What a parser may stumble over. */
const ODD = [
  '', '\0', '\n', '\r', '"', '\\', ',', '-', '/', '[', ']', '{', '}', '[]', '{}', 'null', 'true', '-1', '0', '1e999', '9'.repeat(40), '\\ud800', '\u{1f600}', '\u2028', '\u001b[2J',
  '__proto__', 'constructor', 'toString', '{"toString":1}', '{"message":{}}', '"_placeholder":true', '{"_placeholder":true,"num":-1}', '[['.repeat(200),
];
/** Stands for the first secret while a text is mutated, and the characters behind it for the others. */
const FIRST_MARK = 0xe000;

/**
 * A few random changes to a text: cut, doubled, swapped, replaced, filled with odd pieces, `extra` and `secrets`
 * among them (of the secrets, those that are `issued`). Secrets stay whole: nobody can know a part that the peer
 * itself has cut off, nor a secret that it has not issued yet.
 */
export function mutated(text, random, { secrets = [], issued = secrets, extra = [] } = {}) {
  const marks = secrets.flatMap((secret, index) => (issued.includes(secret) ? [String.fromCharCode(FIRST_MARK + index)] : []));
  const odd = [...ODD, ...extra, ...marks];
  let result = withSecrets(text, secrets, (secret, mark) => [secret, mark]);
  for (let change = random.between(1, 4); change > 0; change -= 1) {
    const at = random.between(0, result.length);
    const to = Math.min(result.length, at + random.between(0, 8));
    const [before, piece, after] = [result.slice(0, at), result.slice(at, to), result.slice(to)];
    result = random.pick([
      () => before + after,
      () => before + piece + piece + after,
      () => before + random.pick(odd) + after,
      () => before + random.pick(odd) + piece + after,
      () => before,
      () => after,
      () => before + String.fromCharCode(random.between(0, 0xffff)) + after,
      () => before + [...piece].reverse().join('') + after,
    ])();
  }
  return withSecrets(result, secrets, (secret, mark) => [mark, secret]);
}

/** The beginning of a text, cut at random, but not within a secret. */
export function cut(text, random, secrets) {
  const hidden = withSecrets(text, secrets, (secret, mark) => [secret, mark]);
  return withSecrets(hidden.slice(0, random.between(0, hidden.length)), secrets, (secret, mark) => [mark, secret]);
}

function withSecrets(text, secrets, pair) {
  return secrets.reduce((result, secret, index) => result.replaceAll(...pair(secret, String.fromCharCode(FIRST_MARK + index))), text);
}
