import type { Message } from './message.ts';

/** Broker stores messages in JetStream. */
export interface Broker {
  /**
   * Resolves once the stream has acknowledged the message. Rejects with `Unpublishable` if it never will, with a
   * `WatchError` if nothing can be published any longer, and with any other error if trying again may help.
   */
  publish(message: Message): Promise<void>;
  /** Whether messages can be sent now. */
  readonly isConnected: boolean;
  /** Resolves when messages can be sent: at once, or after the next reconnect. */
  connected(): Promise<void>;
  close(): Promise<void>;
}

/** Unpublishable says why the broker will never accept a message. */
export class Unpublishable extends Error {
  override readonly name = 'Unpublishable';
}
