/**
 * `jsonText` returns compact JSON, as `JSON.stringify` does, for a value that came as JSON. `JSON.parse` takes any
 * depth, but `JSON.stringify` runs out of stack at a few thousand levels: a payload of nothing but
 * brackets must not end the stream.
 */
export function jsonText(value: unknown): string {
  if (value === undefined) return 'null';
  try {
    return JSON.stringify(value);
  } catch (error) {
    if (error instanceof RangeError) return deepJson(value);
    throw error;
  }
}

/** The same without recursion. */
function deepJson(value: unknown): string {
  const pieces: string[] = [];
  /** What is still to be written, the next last: a value, or text as it is. */
  const rest: ({ value: unknown } | { text: string })[] = [{ value }];
  for (let next = rest.pop(); next !== undefined; next = rest.pop()) {
    if ('text' in next) {
      pieces.push(next.text);
    } else if (typeof next.value !== 'object' || next.value === null) {
      pieces.push(JSON.stringify(next.value));
    } else {
      const list = Array.isArray(next.value);
      const members = Object.entries(next.value).filter(([, member]) => member !== undefined);
      pieces.push(list ? '[' : '{');
      rest.push({ text: list ? ']' : '}' });
      members.reverse().forEach(([key, member], index) => {
        if (index > 0) rest.push({ text: ',' });
        rest.push({ value: member });
        if (!list) rest.push({ text: `${JSON.stringify(key)}:` });
      });
    }
  }
  return pieces.join('');
}
