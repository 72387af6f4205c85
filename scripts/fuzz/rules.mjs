import { readFileSync } from 'node:fs';

// What every run of the binary must obey, in all parts.

/** What Node writes where a program did not handle something, and what graph-watch writes of its own faults. */
export const CRASH = /Unhandled|Uncaught|\nNode\.js v\d|MaxListenersExceeded|failed unexpectedly|This is a bug/;
/** A run that was sent SIGTERM has to end within this, in its own time. */
export const TERM_MS = 10_000;

/** Makes retries immediate, and writes the highest memory of a run (KB) to descriptor 3 when it ends. */
const INSTRUMENTS = `
  import { writeSync } from 'node:fs';
  Math.random = () => 0.001;
  process.on('exit', () => { try { writeSync(3, String(process.resourceUsage().maxRSS)); } catch { /* Nobody listens there. */ } });
`;
export const NODE_OPTIONS = `--import=data:text/javascript,${encodeURIComponent(INSTRUMENTS)}`;

/** The highest resident memory of a running process so far, in MB, by the kernel; 0 where it does not say. */
export function memoryOf(pid) {
  try {
    return Math.round(Number(/VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) / 1024);
  } catch {
    return 0;
  }
}

/** This many characters of a secret are a leak. */
const PART_LENGTH = 12;

/** The first part of one of the secrets that is in the text, or `undefined`. A secret needs twelve characters. */
export function secretPart(text, secrets) {
  for (const secret of secrets) {
    for (let at = 0; at + PART_LENGTH <= secret.length; at += 1) {
      const part = secret.slice(at, at + PART_LENGTH);
      if (text.includes(part)) return part;
    }
  }
  return undefined;
}
