import { InvalidArgumentError } from 'commander';
import { parseDuration } from '../lib/duration.ts';

// Values of flags: each function throws commander's own error, which names the flag, for an invalid text.

/** `positiveInteger` reads a whole number above 0. */
export function positiveInteger(text: string): number {
  return wholeNumber(text, 1, 'Must be a positive integer.');
}

/** `numberOrZero` reads a whole number, 0 included. */
export function numberOrZero(text: string): number {
  return wholeNumber(text, 0, 'Must be 0 or a positive integer.');
}

/** `unitsPerMinute` reads a budget: with less than 10, a request for permissions would use up half of it. */
export function unitsPerMinute(text: string): number {
  return wholeNumber(text, 10, 'Must be a number of resource units per minute, 10 or more.');
}

function wholeNumber(text: string, least: number, otherwise: string): number {
  const value = Number(text);
  if (/^\d+$/.test(text) && Number.isSafeInteger(value) && value >= least) return value;
  throw new InvalidArgumentError(otherwise);
}

/** `path` reads the path of a file: any text but an empty one. */
export function path(text: string): string {
  if (text !== '') return text;
  throw new InvalidArgumentError('Must not be empty.');
}

/** `port` reads a TCP port; 0 stands for any free one. */
export function port(text: string): number {
  const value = Number(text);
  if (/^\d{1,5}$/.test(text) && value < 65_536) return value;
  throw new InvalidArgumentError('Must be a port from 0 to 65535.');
}

/** `duration` reads a length of time like 1h30m, and returns milliseconds. */
export function duration(text: string): number {
  try {
    return parseDuration(text);
  } catch {
    throw new InvalidArgumentError('Write it like 500ms, 90s, 5m or 1h30m.');
  }
}

/** `atLeastTwo` reads a number of files of which one is always being written. */
export function atLeastTwo(text: string): number {
  return wholeNumber(text, 2, 'Must be 2 or more.');
}

const UNITS: Readonly<Record<string, number>> = { KB: 1e3, MB: 1e6, GB: 1e9, KIB: 2 ** 10, MIB: 2 ** 20, GIB: 2 ** 30 };

/** `size` reads a size, in bytes. */
export function size(text: string): number {
  const [, count = '', unit = ''] = /^(\d+(?:\.\d+)?) ?([KMG]i?B)$/i.exec(text) ?? [];
  const bytes = Math.floor(Number(count) * (UNITS[unit.toUpperCase()] ?? 0));
  if (bytes >= 1 && Number.isSafeInteger(bytes)) return bytes;
  throw new InvalidArgumentError('Write it like 500KB, 100MB or 1GB.');
}

/** `factor` reads a number above 0: `10`, `0.5`, or `10x`. */
export function factor(text: string): number {
  const value = Number(text.replace(/x$/i, ''));
  if (/^\d*\.?\d+x?$/i.test(text) && value > 0 && Number.isFinite(value)) return value;
  throw new InvalidArgumentError('Must be a positive number, such as 10 or 0.5.');
}

/** `pollInterval` reads a duration, in milliseconds, or `auto`. */
export function pollInterval(text: string): number | 'auto' {
  if (text === 'auto') return text;
  try {
    return parseDuration(text);
  } catch {
    throw new InvalidArgumentError('Write it like 10s or 5m, or auto.');
  }
}

/** `hostNames` reads comma-separated host names; in lower case, as a URL has them. */
export function hostNames(text: string): string[] {
  const names = text.toLowerCase().split(',').map((name) => name.trim());
  for (const name of names) {
    if (name.length > 190 || !/^(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]*[a-z0-9]$/.test(name)) throw new InvalidArgumentError(`"${name}" is not a host name.`);
  }
  return names;
}
