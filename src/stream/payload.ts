/**
 * The entries of a `notification` event's argument.
 *
 * The argument is a JSON string `{"value":[…]}` (captured 2026-05, personal account); older pages show
 * one flat object in the string, and an object instead of a string is accepted too. What is no JSON is
 * one entry, the string as it came: nothing that arrives is dropped.
 */
export function readPayload(argument: unknown): unknown[] {
  const payload = typeof argument === 'string' ? parse(argument) : argument;
  if (typeof payload === 'object' && payload !== null && 'value' in payload && Array.isArray(payload.value)) {
    // An empty list is a tap all the same.
    return payload.value.length === 0 ? [payload] : (payload.value as unknown[]);
  }
  return [payload];
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text;
  }
}
