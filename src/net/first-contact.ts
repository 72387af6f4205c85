import { request } from 'node:http';
import { connect as tcpConnect, isIP } from 'node:net';
import { rootCertificates, connect as tlsConnect, type DetailedPeerCertificate, type TLSSocket } from 'node:tls';
import { X509Certificate } from 'node:crypto';
import type { Duplex } from 'node:stream';
import { rejectWhenAborted } from '../lib/abort.ts';
import type { Network } from './network.ts';

/** Certificate says who vouches for a host. */
export interface Certificate {
  /** The issuer of the host's own certificate: organization and name. */
  issuer: string;
  /** Node's code for why it is not trusted, `undefined` if it is. */
  untrusted: string | undefined;
  /** Whether its chain ends at a public authority. One that is trusted and not public was added on this machine. */
  isPublic: boolean;
  protocol: string;
}

/** FirstContact is what one request without credentials shows of a host. */
export interface FirstContact {
  /** Absent for plain http. */
  certificate: Certificate | undefined;
  /** The answer's `Date` header. */
  date: string | undefined;
  /** Milliseconds that the request took: how exact the date is. */
  answeredInMs: number;
  /** The wall clock when the answer came, in milliseconds. */
  at: number;
}

/**
 * `firstContact` makes a connection as every request to `url` does, through the same proxy, and asks for `/` without
 * credentials. A certificate that is not trusted does not stop it: the result says so. Rejects with Node's error, or
 * a TunnelRefused, if there is no connection or no answer.
 */
export async function firstContact(network: Pick<Network, 'tunnel' | 'lookup' | 'secureContext'>, url: string, signal: AbortSignal, now: () => number): Promise<FirstContact> {
  const { protocol, hostname } = new URL(url);
  const raw = await openConnection(network, url, signal);
  try {
    if (protocol === 'http:') return { certificate: undefined, ...(await dateOf(raw, url, signal, now)) };
    const name = hostname.replace(/^\[|\]$/g, '');
    const secure = tlsConnect({
      socket: raw, host: name, servername: isIP(name) === 0 ? name : '', ALPNProtocols: ['http/1.1'],
      // Nothing secret is sent: a certificate that is not trusted is to be described, with the time that its server has.
      rejectUnauthorized: false,
      ...(network.secureContext === undefined ? {} : { secureContext: network.secureContext }),
    });
    await rejectWhenAborted(new Promise<void>((resolve, reject) => {
      secure.once('secureConnect', resolve).once('error', reject).once('close', () => { reject(hungUp()); });
    }), signal);
    const certificate = describe(secure);
    return { certificate, ...(await dateOf(secure, url, signal, now)) };
  } finally {
    raw.on('error', () => undefined).destroy();
  }
}

/** `openConnection` opens a bare connection to the URL's host: directly, or a tunnel through the proxy. Rejects as `firstContact` does. */
export function openConnection({ tunnel, lookup }: Pick<Network, 'tunnel' | 'lookup'>, url: string, signal: AbortSignal): Promise<Duplex> {
  const { protocol, hostname, port } = new URL(url);
  const place = { host: hostname.replace(/^\[|\]$/g, ''), port: port === '' ? (protocol === 'http:' ? 80 : 443) : Number(port) };
  const through = tunnel(url, signal);
  const opening = new Promise<Duplex>((resolve, reject) => {
    if (through !== undefined) {
      through(place, (error, socket) => {
        if (socket === undefined) reject(error ?? hungUp());
        else resolve(socket);
      });
      return;
    }
    const socket = tcpConnect({ ...place, lookup });
    signal.addEventListener('abort', () => { socket.destroy(); }, { once: true });
    socket.once('connect', () => { resolve(socket); }).once('error', reject);
  });
  return rejectWhenAborted(opening, signal);
}

function dateOf(socket: Duplex, url: string, signal: AbortSignal, now: () => number): Promise<Pick<FirstContact, 'date' | 'answeredInMs' | 'at'>> {
  const { host } = new URL(url);
  const asked = performance.now();
  const answer = new Promise<Pick<FirstContact, 'date' | 'answeredInMs' | 'at'>>((resolve, reject) => {
    const outgoing = request({ method: 'HEAD', path: '/', headers: { host, connection: 'close' }, createConnection: () => socket });
    outgoing.once('response', (response) => {
      resolve({ date: response.headers.date, answeredInMs: performance.now() - asked, at: now() });
      response.resume();
    });
    outgoing.once('error', reject).end();
  });
  return rejectWhenAborted(answer, signal);
}

function describe(socket: TLSSocket): Certificate {
  const leaf = socket.getPeerCertificate(true);
  // Node's types say Error; it is the code of one.
  const untrusted = socket.authorized ? undefined : String(socket.authorizationError);
  return { issuer: nameOf(leaf), untrusted, isPublic: endsAtPublicRoot(leaf), protocol: socket.getProtocol() ?? 'TLS' };
}

function nameOf({ issuer }: Partial<DetailedPeerCertificate>): string {
  const parts = [issuer?.O, issuer?.CN].flat().filter((part) => part !== undefined);
  return [...new Set(parts)].join(', ') || 'nobody';
}

/** Whether a certificate of the chain is one of the public roots that come with Node, or is signed by one. */
function endsAtPublicRoot(leaf: DetailedPeerCertificate): boolean {
  const roots = rootCertificates.map((pem) => new X509Certificate(pem));
  const seen = new Set<string>();
  for (let link: Partial<DetailedPeerCertificate> | undefined = leaf; link?.raw !== undefined; link = link.issuerCertificate) {
    const certificate = new X509Certificate(link.raw);
    if (seen.has(certificate.fingerprint256)) return false;
    seen.add(certificate.fingerprint256);
    const isVouchedFor = roots.some((root) => root.fingerprint256 === certificate.fingerprint256 || (certificate.checkIssued(root) && certificate.verify(root.publicKey)));
    if (isVouchedFor) return true;
  }
  return false;
}

function hungUp(): Error {
  return Object.assign(new Error('the other side hung up'), { code: 'ECONNRESET' });
}
