import type { Output, Surroundings } from '../surroundings.ts';

export interface Waiting {
  /** False if nothing is drawn: then it need not be kept up to date. */
  readonly shown: boolean;
  update(text: string): void;
  stop(): void;
}

/** Screen is the terminal that a spinner is drawn on. */
export interface Screen {
  stream: Output;
  color: boolean;
  onSuspend?: Surroundings['onSuspend'] | undefined;
}

/**
 * `createSpinner` creates one spinner for everything that is waited for: the newest wait is shown, and when it is over,
 * the previous one again. Two of ora's on one terminal overwrite each other, and ora complains about it.
 */
export function createSpinner(screen: Screen): (text: string) => Waiting {
  const waits: { text: string }[] = [];
  let drawn: Waiting | undefined;
  const show = (): void => {
    const newest = waits.at(-1);
    if (newest === undefined) {
      drawn?.stop();
      drawn = undefined;
    } else if (drawn === undefined) drawn = startSpinner(screen, newest.text);
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
function startSpinner({ stream, color, onSuspend }: Screen, text: string): Waiting {
  let latest = text;
  let stopped = false;
  let spinner: { update(): void; stop(): void } | undefined;
  const start = async (): Promise<void> => {
    const { default: ora } = await import('ora');
    const { shortenedEnd } = await import('./shortened.ts');
    if (stopped) return;
    // If a text takes more than one line, ora leaves the first behind when something else is written meanwhile.
    const fitting = (): string => onItsLine(shortenedEnd(latest, Math.max(0, (stream.columns ?? 80) - FRAME_WIDTH)));
    const drawing = ora({
      text: fitting(),
      stream,
      color: color ? 'cyan' : false,
      // It would put stdin into raw mode, and Ctrl-C would no longer be a signal.
      discardStdin: false,
      isEnabled: true,
    }).start();
    const update = (): void => {
      drawing.text = fitting();
    };
    const redraw = (): void => {
      update();
      // A narrower terminal breaks the existing line into several. ora clears the one with the cursor, which is the first, and this clears the rest.
      stream.write(CLEAR_BELOW);
    };
    stream.on('resize', redraw);
    const release = onSuspend?.(() => { drawing.stop(); }, () => { drawing.start(); });
    spinner = {
      update,
      stop() {
        stream.off('resize', redraw);
        release?.();
        drawing.stop();
      },
    };
  };
  void start();
  return {
    shown: true,
    update(next) {
      latest = next;
      spinner?.update();
    },
    stop() {
      stopped = true;
      spinner?.stop();
      spinner = undefined;
    },
  };
}

/** The moving sign, the space after it, and one column that stays free, since some terminals wrap at the last. */
const FRAME_WIDTH = 3;

/** Ends with a carriage return: ora draws at once only after output that ends with one. */
const CLEAR_BELOW = '\u001b[J\r';

/**
 * Leaves the cursor at the start of the line: if the terminal becomes narrower and breaks the line into several, it
 * is in the first of them. Until the terminal's new width is known, what is too long is cut off instead of continued below (DECAWM).
 */
function onItsLine(text: string): string {
  return `\u001b[?7l${text}\r\u001b[?7h`;
}
