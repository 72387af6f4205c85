import type { Output } from '../surroundings.ts';

export interface Waiting {
  /** False if nothing is drawn: then it need not be kept up to date. */
  readonly shown: boolean;
  update(text: string): void;
  stop(): void;
}

/**
* `createSpinner` creates one spinner for everything that is waited for: the newest wait is shown, and when it is over,
 * the previous one again. Two of ora's on one terminal overwrite each other, and ora complains about it.
 */
export function createSpinner(stream: Output, color: boolean): (text: string) => Waiting {
  const waits: { text: string }[] = [];
  let drawn: Waiting | undefined;
  const show = (): void => {
    const newest = waits.at(-1);
    if (newest === undefined) {
      drawn?.stop();
      drawn = undefined;
    } else if (drawn === undefined) drawn = startSpinner(stream, color, newest.text);
    else drawn.update(newest.text);
  };
  return (text) => {
    const wait = { text };
    waits.push(wait);
    show();
    return {
      shown: true,
      update(next) {
        wait.text = next;
        show();
      },
      stop() {
        const at = waits.indexOf(wait);
        if (at >= 0) waits.splice(at, 1);
        show();
      },
    };
  };
}

/**
 * An ora spinner on a terminal. ora is loaded on the way, so what is done meanwhile does not wait
 * for it; other writes to the terminal are kept clean by ora, which hooks the streams.
 */
function startSpinner(stream: Output, color: boolean, text: string): Waiting {
  let latest = text;
  let stopped = false;
  let spinner: { text: string; stop(): unknown } | undefined;
  const fitting = (whole: string): string => oneLine(whole, (stream.columns ?? 80) - FRAME_WIDTH);
  void import('ora').then(({ default: ora }) => {
    if (stopped) return;
    spinner = ora({
      text: fitting(latest),
      stream,
      color: color ? 'cyan' : false,
      // It would put stdin into raw mode, and Ctrl-C would no longer be a signal.
      discardStdin: false,
      isEnabled: true,
    }).start();
  });
  return {
    shown: true,
    update(next) {
      latest = next;
      if (spinner !== undefined) spinner.text = fitting(next);
    },
    stop() {
      stopped = true;
      spinner?.stop();
      spinner = undefined;
    },
  };
}

/** The moving sign, the space behind it, and one column that stays free, since some terminals wrap at the last. */
const FRAME_WIDTH = 3;

/** Of a text that wraps, ora leaves the first line behind when something else is written meanwhile. */
function oneLine(text: string, columns: number): string {
  return text.length <= columns ? text : `${text.slice(0, Math.max(0, columns - 1))}…`;
}
