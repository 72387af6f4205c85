/** Milliseconds since the epoch as people here read the clock: `20:31:05`. */
export function localTime(time: number): string {
  const date = new Date(time);
  return [date.getHours(), date.getMinutes(), date.getSeconds()].map((part) => String(part).padStart(2, '0')).join(':');
}
