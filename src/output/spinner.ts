import type { Output } from '../surroundings.ts';

export interface Waiting {
  /** False where nothing is drawn: then nobody needs to keep it up to date. */
  readonly shown: boolean;
  update(text: string): void;
  stop(): void;
}

/**
 * An ora spinner on a terminal. ora is loaded on the way, so what is done meanwhile does not wait
 * for it; other writes to the terminal are kept clean by ora, which hooks the streams.
 */
export function startSpinner(stream: Output, color: boolean, text: string): Waiting {
  let latest = text;
  let stopped = false;
  let spinner: { text: string; stop(): unknown } | undefined;
  void import('ora').then(({ default: ora }) => {
    if (stopped) return;
    spinner = ora({
      text: latest,
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
      if (spinner !== undefined) spinner.text = next;
    },
    stop() {
      stopped = true;
      spinner?.stop();
      spinner = undefined;
    },
  };
}
