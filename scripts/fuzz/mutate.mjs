/** What a parser may stumble over, wherever it stands. */
const ODD = [
  '', '\0', '\n', '\r', '"', '\\', ',', '-', '/', '[', ']', '{', '}', '[]', '{}', 'null', 'true', '-1', '0', '1e999', '9'.repeat(40), '\\ud800', '\u{1f600}', '\u2028', '\u001b[2J',
  '__proto__', 'constructor', 'toString', '{"toString":1}', '{"message":{}}', '"_placeholder":true', '{"_placeholder":true,"num":-1}', '[['.repeat(200),
];

/** A few random changes to a text: cut, doubled, swapped, replaced, filled with odd pieces. */
export function mutated(text, random, extra = []) {
  let result = text;
  for (let change = random.between(1, 4); change > 0; change -= 1) {
    const at = random.between(0, result.length);
    const to = Math.min(result.length, at + random.between(0, 8));
    const [before, piece, after] = [result.slice(0, at), result.slice(at, to), result.slice(to)];
    result = random.pick([
      () => before + after,
      () => before + piece + piece + after,
      () => before + random.pick([...ODD, ...extra]) + after,
      () => before + random.pick([...ODD, ...extra]) + piece + after,
      () => before,
      () => after,
      () => before + String.fromCharCode(random.between(0, 0xffff)) + after,
      () => before + [...piece].reverse().join('') + after,
    ])();
  }
  return result;
}
