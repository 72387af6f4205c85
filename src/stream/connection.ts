import type { WebSocket } from 'ws';
import type { Taker } from '../lib/bounded-queue.ts';
import type { Proxy } from '../net/proxies.ts';
import type { OpenConnection } from '../net/node-tunnel.ts';

/** Connection is ONE connection to the push host, from its acknowledged namespace to its end. It never reconnects. */
export interface Connection extends AsyncIterable<unknown[]> {
  /**
   * Yields the arguments of the `notification` events that have arrived, in batches, in order.
   * Done when the connection has ended and all that had arrived was taken. While nobody takes, the
   * WebSocket is paused, so that memory stays bounded.
   */
  [Symbol.asyncIterator](): AsyncGenerator<unknown[], void, undefined>;
  /** While the iteration waits for the next batch, a notification with one argument is offered to this function first, in the turn that brings it. */
  passTo(taker: Taker<unknown>): void;
  /** Resolves when the connection has ended, with the reason; never rejects. */
  readonly ended: Promise<string>;
  /** Wall clock in milliseconds since the epoch: all that the peer sent before then has arrived. */
  readonly completeUntil: number;
  /**
   * Pings the peer. True once the answer is here, and with it everything that the peer had sent before;
   * false once the link is over, or after `withinMs` of reading without one.
   */
  answers(withinMs: number): Promise<boolean>;
  /** Ends the connection, for this reason. What has arrived can still be taken. */
  close(reason: string): void;
}

export interface SocketOptions {
  /** Makes the connection; `undefined`: Node does, without a proxy. */
  connection: OpenConnection | undefined;
  /** The proxy that it leads through, for messages. */
  proxy?: Proxy | undefined;
  now: () => number;
  /** Removes secrets from foreign text, before it is cut. */
  redact: (text: string) => string;
  /** Called with the stages of the connection's life, and with events other than `notification`, which are not known to exist. */
  debug: ((line: string) => void) | undefined;
  /** Called with the WebSocket before it is open, to observe what goes over it. */
  onWebSocket?: ((webSocket: WebSocket) => void) | undefined;
}
