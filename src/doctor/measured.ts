/** Measured is what is not documented of the live service, as far as this run has seen it. It holds no secret, and nothing that names a person. */
export interface Measured {
  driveType?: string;
  target?: string;
  endpoint?: {
    /** How long the endpoint is valid, in milliseconds; `null` if the response does not say. */
    lifetimeMs: number | null;
    host: string;
    /** The names of the fields in the response. */
    fields: readonly string[];
  };
  push?: {
    /** Of the response to the WebSocket's handshake: those whose values identify nobody, … */
    headers: Readonly<Record<string, string>>;
    /** … and the names of all others. */
    otherHeaders: readonly string[];
    pingIntervalMs?: number;
    pingTimeoutMs?: number;
    /** From the open session to the server's first ping, in milliseconds. */
    firstPingMs?: number;
    /** How long the answer to a WebSocket ping took, in milliseconds; `null` if none came. */
    webSocketPongMs?: number | null;
    /** Shape of the answer to `40/notifications,`. */
    namespaceAnswer?: string;
    /** Shape of the answer to `40`, the root namespace; `null` if none came. */
    rootAnswer?: string | null;
  };
  notification?: {
    /** Keys and types of the first one. */
    shape: string;
  };
  probe?: {
    /** From the change to its notification, and to its entry in delta, in milliseconds; `null` if that did not come in time. */
    notificationMs: number | null;
    deltaMs: number | null;
    /** How many notifications had come by then. */
    notifications: number;
  };
}
