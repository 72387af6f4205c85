import { isatty } from 'node:tty';
import { toError, WatchError } from '../errors.ts';
import type { SignalName, Surroundings } from '../surroundings.ts';

/** Interruption is the reason of a command's signal that the user or the system aborted. */
export class Interruption extends Error {
  override readonly name = 'Interruption';
  readonly signalName: SignalName;

  constructor(signalName: SignalName) {
    super(`stopped by ${signalName}`);
    this.signalName = signalName;
  }

  /** 128 + the signal's number, as shells have it. */
  get exitCode(): number {
    return { SIGHUP: 129, SIGINT: 130, SIGTERM: 143 }[this.signalName];
  }
}

export interface Interruptions {
  signal: AbortSignal;
  /**
   * While there is a listener, a SIGHUP calls it and interrupts nothing, unless the terminal was closed;
   * returns a function that removes it.
   */
  onHangup: (listener: () => void) => () => void;
  /** Registers what is done before the process ends immediately; returns a function that removes it. */
  onAbruptExit: (cleanup: () => void) => () => void;
  /** What was thrown and not caught, if anything: it aborts the signal, and is an `internal` error. */
  readonly fault: WatchError | undefined;
  release: () => void;
}

/** How long the command has after a fault to end in order. */
const FAULT_PATIENCE_MS = 5_000;

const SIGNALS: readonly SignalName[] = ['SIGINT', 'SIGTERM', 'SIGHUP'];

/**
 * `interruptions` creates an AbortSignal that Ctrl-C, SIGTERM and a closed terminal abort, with an `Interruption` as its
 * reason. The command may then finish in order; the second time, the process ends immediately. An uncaught fault
 * aborts it too; `reportFault` is called for one that the command can no longer report itself.
 */
export function interruptions({ onSignal, onFault, exitNow, stdin, stderr, clock }: Surroundings, reportFault: (fault: WatchError) => void): Interruptions {
  const controller = new AbortController();
  const cleanups = new Set<() => void>();
  let hangup: (() => void) | undefined;
  const cleanUp = (): void => {
    for (const cleanup of cleanups) {
      try {
        cleanup();
      } catch {
        // The others still have to run, and there is nobody left to read a message.
      }
    }
  };
  const released = new AbortController();
  let fault: WatchError | undefined;
  const leave = (error: WatchError): void => {
    cleanUp();
    reportFault(error);
    exitNow(1);
  };
  onFault((thrown) => {
    // Later faults usually follow from the first: only that one is reported.
    if (fault !== undefined) return;
    const error = faultOf(thrown);
    fault = error;
    if (released.signal.aborted) {
      leave(error);
      return;
    }
    controller.abort(error);
    void clock.sleep(FAULT_PATIENCE_MS, released.signal).then(() => { if (!released.signal.aborted) leave(error); });
  });
  const releases = SIGNALS.map((name) => onSignal(name, () => {
    if (name === 'SIGHUP' && hangup !== undefined && !hasGone(stdin) && !hasGone(stderr)) {
      hangup();
      return;
    }
    const interruption = new Interruption(name);
    if (controller.signal.aborted) {
      cleanUp();
      exitNow(interruption.exitCode);
    }
    // The terminal has shown ^C: the next line begins in its place, not behind it.
    if (name === 'SIGINT' && stdin.isTTY === true && stderr.isTTY === true && stderr.writable) stderr.write('\r');
    controller.abort(interruption);
  }));
  return {
    signal: controller.signal,
    onHangup: (listener) => {
      hangup = listener;
      return () => {
        hangup = undefined;
      };
    },
    onAbruptExit: (cleanup) => {
      // Each registration counts separately, even if two pass the same function.
      const entry = (): void => { cleanup(); };
      cleanups.add(entry);
      return () => {
        cleanups.delete(entry);
      };
    },
    get fault() {
      return fault;
    },
    release: () => {
      released.abort();
      for (const release of releases) release();
    },
  };
}

function faultOf(thrown: unknown): WatchError {
  try {
    return new WatchError('internal', toError(thrown).message, { cause: thrown });
  } catch {
    // An object that cannot even be converted to a string.
    return new WatchError('internal', 'something was thrown that is not an error');
  }
}

/**
 * Whether the stream was a terminal that has been closed. Before it sends the signal for that, the system detaches
 * the terminal from its descriptors: they are still open, and every operation on them fails.
 */
function hasGone(stream: { isTTY?: boolean | undefined; fd?: number | undefined }): boolean {
  return stream.isTTY === true && stream.fd !== undefined && !isatty(stream.fd);
}
