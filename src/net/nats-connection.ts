import { JetStreamError } from '@nats-io/jetstream';
import { AuthorizationError, connect, credsAuthenticator, errors, PermissionViolationError, type ConnectionOptions, type NatsConnection } from '@nats-io/transport-node';
import { readFile } from 'node:fs/promises';
import { toError, usageError, WatchError } from '../errors.ts';
import type { NatsAddress } from './nats-address.ts';

/** How long to wait for a connection, and for the answer to one request, in milliseconds. */
export const NATS_ANSWER_WITHIN_MS = 5_000;
const RECONNECT_WAIT_MS = 1_000;
/** A server that says nothing for this long, although it is pinged, is given up. */
const PING_INTERVAL_MS = 10_000;
const PINGS_UNANSWERED = 2;

export interface NatsConnectOptions {
  address: NatsAddress;
  /** A file with a JWT and its key, as `nsc` writes it. */
  credsFile: string | undefined;
  /** What the server's logs call the client. */
  name: string;
  /** Whether the client connects again when it has lost the server. */
  reconnect?: boolean;
}

/** `connectNats` connects to the first server that answers; from then on the client reconnects automatically, unless `reconnect` is `false`. Rejects with a `WatchError` if trying again cannot help. */
export async function connectNats({ address: { servers, tls, user, password, token }, credsFile, name, reconnect = true }: NatsConnectOptions): Promise<NatsConnection> {
  const options: ConnectionOptions = {
    servers: [...servers], name, timeout: NATS_ANSWER_WITHIN_MS,
    reconnect, maxReconnectAttempts: -1, reconnectTimeWait: RECONNECT_WAIT_MS, pingInterval: PING_INTERVAL_MS, maxPingOut: PINGS_UNANSWERED,
    // Credentials go to the servers that the user named, and to no other.
    ignoreClusterUpdates: true,
    ...(tls ? { tls: {} } : {}), ...(token === undefined ? {} : { token }), ...(user === undefined ? {} : { user, pass: password ?? '' }),
    ...(credsFile === undefined ? {} : { authenticator: credsAuthenticator(await credentials(credsFile)) }),
  };
  try {
    return await connect(options);
  } catch (error) {
    throw natsRefusal(error) ?? error;
  }
}

async function credentials(path: string): Promise<Uint8Array> {
  try {
    return await readFile(path);
  } catch (error) {
    throw usageError(`Couldn't read the NATS credentials: ${toError(error).message}`);
  }
}

/** `natsRefusal` returns the error that no further attempt can fix, or `undefined`. */
export function natsRefusal(error: unknown): WatchError | undefined {
  if (error instanceof WatchError) return error;
  if (error instanceof AuthorizationError) return new WatchError('refused', `NATS refused the credentials (${error.message}).`, { hint: 'Check --nats-creds, or the user and password in --nats.', cause: error });
  if (error instanceof PermissionViolationError) return new WatchError('refused', `NATS denied this user an operation (${error.message}).`, { hint: 'The user needs permission to publish, to subscribe, and to receive replies.', cause: error });
  return undefined;
}

/** `isNatsTrouble` says whether the server, or the way to it, is why something failed. */
export function isNatsTrouble(error: unknown): boolean {
  return error instanceof JetStreamError || Object.values(errors).some((kind) => error instanceof kind);
}

/** `withoutJetStream` returns the error for a server whose JetStream is not enabled, if that is why a request failed. */
export function withoutJetStream(error: unknown): WatchError | undefined {
  return isNatsError(error, 'JetStreamNotEnabled') ? new WatchError('refused', 'JetStream is not enabled on the NATS server.', { hint: 'Enable it: nats-server -js', cause: error }) : undefined;
}

/** `isNatsError` says whether it is an error of this class. The client exports some of them for its own packages only. */
export function isNatsError(error: unknown, name: string): boolean {
  return error instanceof Error && error.name === name;
}
