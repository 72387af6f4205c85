import { isatty } from 'node:tty';
import { toError, WatchError } from '../errors.ts';
import type { SignalName, Surroundings } from '../surroundings.ts';

/** Why a command's signal was aborted: the user or the system said so. */
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
   * While there is a listener, a SIGHUP calls it and interrupts nothing, unless it says that the terminal
   * has gone; returns what takes it back.
   */
  onHangup: (listener: () => void) => () => void;
  /** Registers what is done before the process ends at once; returns what takes it back. */
  onAbruptExit: (cleanup: () => void) => () => void;
  /** What was thrown where nobody caught it, if anything was: it aborts the signal, and is an `internal` error. */
  readonly fault: WatchError | undefined;
  release: () => void;
}

/** After a fault the command may end in order within this. */
const FAULT_PATIENCE_MS = 5_000;

const SIGNALS: readonly SignalName[] = ['SIGINT', 'SIGTERM', 'SIGHUP'];

/**
 * An AbortSignal that Ctrl-C, a termination and a closed terminal abort, with an `Interruption` as its
 * reason. What runs then may finish in order; the second time the process ends at once. A fault that nobody has
 * caught aborts it too; `reportFault` is called for one that the command can no longer report itself.
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
        // The others still have their turn, and nobody is left to read a message.
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
    // What follows from the first is not a second one to report.
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
      // Each registration is one of its own, though two should be the same function.
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
    // An object that cannot even be made a string.
    return new WatchError('internal', 'something was thrown that is not an error');
  }
}

/**
 * Was it a terminal, and is it none any more? Before the signal of a closed terminal is sent, the system
 * has taken the terminal from behind its descriptors: they are open, and all that is asked of them fails.
 */
function hasGone(stream: { isTTY?: boolean | undefined; fd?: number | undefined }): boolean {
  return stream.isTTY === true && stream.fd !== undefined && !isatty(stream.fd);
}
