import { isIP, type LookupFunction, type Socket } from 'node:net';
import { connect, createSecureContext, type SecureContext, type TLSSocket } from 'node:tls';
import { BoundedMap } from '../lib/bounded-map.ts';

/** The sessions of this many hosts are kept, about 2 KB each. */
const MOST_SESSIONS = 100;

/** TlsPlace is where a connection leads. */
export interface TlsPlace {
  host: string;
  port: number | string;
  /** What is already connected to it, through a proxy. */
  socket?: Socket;
  /** Finds the host's address, unless there is a `socket`. */
  lookup?: LookupFunction | undefined;
}

/**
 * TlsConnections makes TLS connections that share their roots, and of which each resumes the session of an earlier one to the same
 * host (RFC 8446 §2.2, RFC 5077), as those of Node's HTTPS agent do. With thousands of connections to a few hosts that saves
 * both sides most of the handshake, and this one a copy of the host's certificates for each. A host that
 * does not accept the session asks for a whole handshake, whose session takes the place of the old one.
 */
export class TlsConnections {
  #context: SecureContext | undefined;
  /** The latest session of a host that was accepted, with its certificate and name. */
  readonly #sessions = new BoundedMap<string, Buffer>(MOST_SESSIONS);

  /** `roots`: those to trust if they are more than Node's own. */
  constructor(roots: SecureContext | undefined) {
    this.#context = roots;
  }

  /** `open` opens a connection. Its host has to have a trusted certificate with its name, or the connection ends with an error. */
  open({ host, port, socket, lookup }: TlsPlace): TLSSocket {
    const place = `${host}:${port}`;
    const session = this.#sessions.get(place);
    // Without one Node would make another for each connection.
    this.#context ??= createSecureContext();
    const opened = connect({
      ...(socket === undefined ? { port: Number(port), lookup } : { socket }),
      host, servername: isIP(host) === 0 ? host : '', rejectUnauthorized: true, secureContext: this.#context, session,
    });
    const forget = (): void => { this.#sessions.delete(place); };
    opened.once('error', forget);
    // Comes only if the certificate was accepted: of a session that is resumed, it is not checked again.
    opened.once('secureConnect', () => {
      opened.off('error', forget);
      if (opened.isSessionReused()) return;
      forget();
      const keep = (fresh: Buffer): void => { this.#sessions.set(place, fresh); };
      // TLS 1.3 sends it after the handshake. (Listening any earlier is in vain where Node tries several addresses.)
      const known = opened.getProtocol() === 'TLSv1.3' ? undefined : opened.getSession();
      if (known === undefined) opened.once('session', keep);
      else keep(known);
    });
    return opened;
  }
}
