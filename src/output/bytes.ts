/** `bytes` formats a size: `300 B`, `2.1 KB`, `12 MB`; units of 1024, as OneDrive counts, one decimal below ten. */
export function bytes(count: number): string {
  let value = count;
  let unit = 0;
  while (shown(value, unit) >= 1024 && unit < UNITS.length - 1) {
    value /= 1024;
    unit += 1;
  }
  return `${shown(value, unit)} ${UNITS[unit] ?? ''}`;
}

const UNITS = ['B', 'KB', 'MB', 'GB', 'TB', 'PB'];

/** The number as it is printed: 1023.96 KB would round to 1024 KB, which is 1 MB. */
function shown(value: number, unit: number): number {
  return unit === 0 || value >= 9.95 ? Math.round(value) : Math.round(value * 10) / 10;
}
