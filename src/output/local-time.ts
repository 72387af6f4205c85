/** `localTime` formats milliseconds since the epoch as local time: `20:31:05`. */
export function localTime(time: number): string {
  const date = new Date(time);
  return [date.getHours(), date.getMinutes(), date.getSeconds()].map(two).join(':');
}

/** `localMoment` is `localTime`, with the date if it is not today's: `May 11 20:31`, or `2025-05-11` of another year. `now`: as `time`. */
export function localMoment(time: number, now: number): string {
  const [date, today] = [new Date(time), new Date(now)];
  if (date.toDateString() === today.toDateString()) return localTime(time);
  if (date.getFullYear() !== today.getFullYear()) return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
  return `${MONTHS[date.getMonth()] ?? ''} ${two(date.getDate())} ${two(date.getHours())}:${two(date.getMinutes())}`;
}

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

function two(part: number): string {
  return String(part).padStart(2, '0');
}
