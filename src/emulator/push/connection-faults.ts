import type { Socket } from 'socket.io';
import type { TcpConnections } from '../http/tcp-connections.ts';

/**
 * Drop is a way to lose a connection.
 *
 * - `disconnect`: socket.io's `41`, then the transport closes
 * - `reset`: a TCP reset, as a router or a crash causes
 * - `silent`: pings and notifications stop, the connection stays open
 * - a number: the WebSocket is closed with this code (1000, 1001, 1011, …)
 */
export type Drop = 'disconnect' | 'reset' | 'silent' | number;

/** EngineSocket is the part of Engine.IO and ws that has no public API. */
interface EngineSocket {
  pingIntervalTimer: NodeJS.Timeout | null;
  pingTimeoutTimer: NodeJS.Timeout | null;
  transport: { socket: { close(code: number, reason: string): void; _autoPong: boolean } };
}

const engineOf = (socket: Socket): EngineSocket => socket.conn as unknown as EngineSocket;

/** Closes the WebSocket with a close code. */
export function closeWith(socket: Socket, code: number): void {
  engineOf(socket).transport.socket.close(code, '');
}

/**
 * Stops Engine.IO's two timers: it then neither pings nor misses pongs, and the client has to notice
 * the silence. They are set to null as well, because a late pong would restart them. Pings of the
 * client are not answered either, as on a dead link.
 */
export function goSilent(socket: Socket): void {
  const engine = engineOf(socket);
  clearTimeout(engine.pingIntervalTimer ?? undefined);
  clearTimeout(engine.pingTimeoutTimer ?? undefined);
  engine.pingIntervalTimer = null;
  engine.pingTimeoutTimer = null;
  engine.transport.socket._autoPong = false;
}

/** Resets the TCP connection under a socket. */
export function reset(socket: Socket, tcp: TcpConnections): void {
  const { socket: connection } = socket.request;
  (tcp.under(connection) ?? connection).resetAndDestroy();
}
