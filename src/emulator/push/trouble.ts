import type { Socket } from 'socket.io';
import type { TcpConnections } from '../http/tcp-connections.ts';

/**
 * The ways to lose a connection.
 *
 * - `disconnect`: socket.io's `41`, then the transport closes
 * - `reset`: a TCP reset, as a router or a crash makes it
 * - `silent`: pings and notifications cease, the connection stays
 * - a number: the WebSocket is closed with this code (1000, 1001, 1011, …)
 */
export type Drop = 'disconnect' | 'reset' | 'silent' | number;

/** The parts of Engine.IO and ws under a socket that have no public way in. */
interface EngineSocket {
  pingIntervalTimer: NodeJS.Timeout | null;
  pingTimeoutTimer: NodeJS.Timeout | null;
  transport: { socket: { close(code: number, reason: string): void; _autoPong: boolean } };
}

const engineOf = (socket: Socket): EngineSocket => socket.conn as unknown as EngineSocket;

export function closeWith(socket: Socket, code: number): void {
  engineOf(socket).transport.socket.close(code, '');
}

/**
 * Stops Engine.IO's two timers: it then neither pings nor misses the pongs, and the client is left to
 * notice that nothing comes. They are set to null as well, because a late pong would revive them.
 * A ping of the client itself is not answered either: a dead link does not.
 */
export function goSilent(socket: Socket): void {
  const engine = engineOf(socket);
  clearTimeout(engine.pingIntervalTimer ?? undefined);
  clearTimeout(engine.pingTimeoutTimer ?? undefined);
  engine.pingIntervalTimer = null;
  engine.pingTimeoutTimer = null;
  engine.transport.socket._autoPong = false;
}

export function reset(socket: Socket, tcp: TcpConnections): void {
  const { socket: connection } = socket.request;
  (tcp.under(connection) ?? connection).resetAndDestroy();
}
