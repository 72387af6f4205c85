import { Inbox } from '../../src/stream/inbox.ts';
import type { Connection } from '../../src/stream/connection.ts';

/** A connection that is controlled by the test. */
export interface ControlledConnection extends Connection {
  /** These arguments of a `notification` event arrive. */
  notify(...payloads: unknown[]): void;
  /** The connection is lost without being closed from this side. */
  lose(reason: string): void;
  /** Whether the next checks for a sign of life succeed; true by default. */
  alive: boolean;
  /** Why this side closed it, if it did. */
  closedFor: string | undefined;
  paused: boolean;
}

/** `offers`: as the real one does, a payload is offered to whoever can take it immediately before it is put. */
export function controlledConnection(now: () => number, { offers = true } = {}): ControlledConnection {
  let finish: (reason: string) => void;
  const ended = new Promise<string>((resolve) => {
    finish = resolve;
  });
  let completeUntil = now();
  const inbox = new Inbox<unknown>({
    pause: () => { connection.paused = true; },
    resume: () => { connection.paused = false; },
    keepAlive: () => undefined,
    keepAliveEveryMs: 10_000,
  });
  const connection: ControlledConnection = {
    ended,
    alive: true,
    closedFor: undefined,
    paused: false,
    get completeUntil() {
      return completeUntil;
    },
    [Symbol.asyncIterator]: () => inbox.take(),
    passTo: (taker) => { inbox.passTo(taker); },
    answers: () => Promise.resolve(connection.alive),
    close(reason) {
      connection.closedFor ??= reason;
      inbox.end();
      finish(reason);
    },
    notify(...payloads) {
      completeUntil = now();
      for (const payload of payloads) if (!offers || !inbox.offer(payload)) inbox.put(payload);
    },
    lose(reason) {
      inbox.end();
      finish(reason);
    },
  };
  return connection;
}
