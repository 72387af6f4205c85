import { isatty } from 'node:tty';
import type { SignalName, Surroundings } from '../surroundings.ts';

/** Why a command's signal was aborted: the user or the system said so. */
export class Interruption extends Error {
  override readonly name = 'Interruption';
  readonly signalName: SignalName;

  constructor(signalName: SignalName) {
    super(`interrupted by ${signalName}`);
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
  release: () => void;
}

const SIGNALS: readonly SignalName[] = ['SIGINT', 'SIGTERM', 'SIGHUP'];

/**
 * An AbortSignal that Ctrl-C, a termination and a closed terminal abort, with an `Interruption` as its
 * reason. What runs then may finish in order; the second time the process ends at once.
 */
export function interruptions({ onSignal, exitNow, stdin, stderr }: Surroundings): Interruptions {
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
    release: () => {
      for (const release of releases) release();
    },
  };
}

/**
 * Was it a terminal, and is it none any more? Before the signal of a closed terminal is sent, the system
 * has taken the terminal from behind its descriptors: they are open, and all that is asked of them fails.
 */
function hasGone(stream: { isTTY?: boolean | undefined; fd?: number | undefined }): boolean {
  return stream.isTTY === true && stream.fd !== undefined && !isatty(stream.fd);
}
