/** `localTime` formats milliseconds since the epoch as local time: `20:31:05`. */
export function localTime(time: number): string {
  const date = new Date(time);
  return [date.getHours(), date.getMinutes(), date.getSeconds()].map((part) => String(part).padStart(2, '0')).join(':');
}
