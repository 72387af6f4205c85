/** The middle value, or the mean of the two middle ones if their number is even. */
export function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/** The smallest value that at least this share (0 to 1) of all values does not exceed. */
export function percentile(values, share) {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)];
}

/**
 * Runs every contender in turn, repeatedly (A B C A B C …), so that other load on the machine affects all of
 * them alike. Resolves with the results of each, by name; the first round only warms up.
 */
export async function alternate(runs, contenders) {
  const results = Object.fromEntries(Object.keys(contenders).map((name) => [name, []]));
  for (let run = -1; run < runs; run++) {
    for (const [name, contender] of Object.entries(contenders)) {
      const result = await contender(run);
      if (run >= 0) results[name].push(result);
    }
  }
  return results;
}
