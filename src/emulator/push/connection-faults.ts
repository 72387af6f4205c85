import type { IncomingMessage } from 'node:http';
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
  close(discard?: boolean): void;
  /** `socket` is the WebSocket, `req` the request that a polling client waits on; either may be missing. */
  transport: { socket?: { close(code: number, reason: string): void; _autoPong: boolean }; req?: IncomingMessage | null };
}

const engineOf = (socket: Socket): EngineSocket => socket.conn as unknown as EngineSocket;

/** Closes the WebSocket with a close code; a polling client is closed without one. */
export function closeWith(socket: Socket, code: number): void {
  const engine = engineOf(socket);
  if (engine.transport.socket === undefined) engine.close();
  else engine.transport.socket.close(code, '');
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
  if (engine.transport.socket !== undefined) engine.transport.socket._autoPong = false;
}

/** Resets the TCP connection under a socket. A polling client may have none at the moment; its session is ended too. */
export function reset(socket: Socket, tcp: TcpConnections): void {
  const { socket: connection } = engineOf(socket).transport.req ?? socket.request;
  (tcp.under(connection) ?? connection).resetAndDestroy();
  if (engineOf(socket).transport.socket === undefined) engineOf(socket).close(true);
}
