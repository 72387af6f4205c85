import type { Redactor } from '../lib/redactor.ts';
import type { Output, Surroundings } from '../surroundings.ts';
import { safeText } from './safe-text.ts';
import { createSpinner, type Waiting } from './spinner.ts';
import { roomOn } from './terminal.ts';
import { wrapped } from './wrapped.ts';

/** People writes everything for people, to stderr: broken between words on a terminal. Each line is redacted here and nowhere else. */
export interface People {
  /** A line that `--quiet` hides. */
  say(line: string): void;
  /** A warning; `--quiet` hides it too. */
  warn(line: string): void;
  /** A line that is shown whatever the flags: the device prompt, an error. */
  always(line: string): void;
  /** A line that only `--debug` shows. */
  debug(line: string): void;
  /** Whether anybody sees such lines: what only they need need not be kept. */
  readonly debugs: boolean;
  /** A spinner with this text until stopped; nothing with `--quiet` or if stderr is not a terminal. The newest of several is shown. */
  waiting(text: string): Waiting;
}

export interface PeopleOptions {
  stderr: Output;
  redactor: Redactor;
  quiet: boolean;
  debug: boolean;
  color: boolean;
  /** Whether a spinner may be drawn if stderr is a terminal (see `isInteractive`). Default true. */
  animate?: boolean;
  /** What Ctrl-Z does to a spinner. */
  onSuspend?: Surroundings['onSuspend'] | undefined;
}

export function createPeople({ stderr, redactor, quiet, debug, color, animate = true, onSuspend }: PeopleOptions): People {
  const wait = createSpinner({ stream: stderr, color, onSuspend });
  const line = (text: string): void => {
    // A closed stderr (2>&-, a closed terminal) does not stop a watch.
    if (stderr.writable) stderr.write(`${redactor.redact(text)}\n`);
  };
  /** Redacted first: a secret that is broken into lines would not be recognized. */
  const prose = (text: string): void => {
    const room = roomOn(stderr);
    line(room === undefined ? text : wrapped(redactor.redact(text), room));
  };
  return {
    say(text) {
      if (!quiet) prose(text);
    },
    warn(text) {
      if (!quiet) prose(color ? `\u001b[35mwarning:\u001b[39m ${safeText(text)}` : `warning: ${safeText(text)}`);
    },
    always: prose,
    debug(text) {
      if (debug) line(color ? `\u001b[2mdebug: ${safeText(text)}\u001b[22m` : `debug: ${safeText(text)}`);
    },
    debugs: debug,
    waiting(text) {
      // A terminal without a size (`script` in a CI job) has 0 columns; ora would compute infinitely many lines
      // for one of text, and clear them forever.
      if (stderr.isTTY !== true || stderr.columns === 0 || quiet || !animate) return { shown: false, update: () => undefined, stop: () => undefined };
      const spinner = wait(redactor.redact(text));
      return {
        shown: true,
        update(next) {
          spinner.update(redactor.redact(next));
        },
        stop() {
          spinner.stop();
        },
      };
    },
  };
}
