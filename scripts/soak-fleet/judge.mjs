const NUMBER = /\/?0*(\d+)\.txt$/;

/**
 * Reads a message of the stream: which numbered change it is. `undefined` if it is none (a ready record, a folder).
 * `member` is who published it; `at` is when the stream took it.
 */
export function storedChange({ subject, text, at }) {
  const [, member, type] = subject.split('.');
  if (type !== 'change') return undefined;
  const { target, change, item } = JSON.parse(text);
  const number = NUMBER.exec(item?.path ?? item?.name ?? '')?.[1];
  return number === undefined ? undefined : { member, at, drive: target.replace(/^drive:/, ''), number: Number(number), change };
}

/**
 * Compares what was written with what is in the stream, drive by drive. `sent`: by drive, when each number was written
 * (number 1 first). `stored`: in the stream's order.
 */
export function judgeStream(sent, stored) {
  const result = { lost: [], duplicates: [], reordered: [], strange: [], misnamed: [], delays: [] };
  const highest = new Map();
  const seen = new Map([...sent.keys()].map((drive) => [drive, new Set()]));
  for (const change of stored) {
    const { drive, number, at } = change;
    const numbers = seen.get(drive);
    const sentAt = sent.get(drive)?.[number - 1];
    if (numbers === undefined || sentAt === undefined) {
      result.strange.push(change);
      continue;
    }
    if (numbers.has(number)) {
      result.duplicates.push(change);
      continue;
    }
    numbers.add(number);
    if (change.change !== 'created') result.misnamed.push(change);
    if (number < (highest.get(drive) ?? 0)) result.reordered.push(change);
    else highest.set(drive, number);
    result.delays.push(Math.max(0, at - sentAt));
  }
  for (const [drive, times] of sent) {
    for (const [index, at] of times.entries()) if (!seen.get(drive).has(index + 1)) result.lost.push({ drive, number: index + 1, at });
  }
  result.delays.sort((a, b) => a - b);
  return result;
}

/** The smallest value of a sorted list that at least this share (0 to 1) of all does not exceed. */
export function percentile(sorted, share) {
  return sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? 0;
}
