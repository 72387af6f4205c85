import type { LookupAddress } from 'node:dns';
import { toError, WatchError } from '../errors.ts';
import { CLOUDS } from '../auth/clouds.ts';
import { describeDuration } from '../lib/duration.ts';
import { foreignText } from '../lib/foreign-text.ts';
import { rejectWhenAborted } from '../lib/abort.ts';
import { describeFailure, hintFor, refusedTunnel } from '../net/failure.ts';
import { firstContact, openConnection, type FirstContact } from '../net/first-contact.ts';
import type { Network } from '../net/network.ts';
import { TunnelRefused } from '../net/node-tunnel.ts';
import { hostsOf, type Journey } from './journey.ts';
import type { Finding, Step } from './steps.ts';

/** Entra's own tolerance, and Kerberos's: beyond it, a signed assertion is refused, and certificates may seem to have expired. */
const CLOCK_TOLERANCE_MS = 5 * 60_000;

/** `networkSteps` are those from the settings to a working connection. */
export const networkSteps: readonly Step[] = [
  { name: 'settings', needs: [], run: settings },
  { name: 'proxy', needs: ['settings'], run: proxy },
  { name: 'dns', needs: ['proxy'], run: dns },
  { name: 'tls', needs: ['dns'], run: tls },
  { name: 'clock', needs: ['dns'], run: clock },
];

async function settings({ context }: Journey): Promise<Finding> {
  // Certificates are read, and what requests need is loaded here, so that later steps show only their own time.
  await context.network();
  const { settings: { cloud, graphUrl, configFolder } } = context;
  const own = graphUrl === CLOUDS[cloud].graph ? '' : `, Graph at ${graphUrl}`;
  return { detail: `cloud ${cloud}${own}; configuration in ${configFolder}` };
}

async function proxy(journey: Journey, signal: AbortSignal): Promise<Finding> {
  const network = await journey.context.network();
  const ways: string[] = [];
  for (const url of hostsOf(journey)) {
    const found = network.proxyOf(url);
    if (found === undefined) continue;
    ways.push(`${new URL(url).host} through ${found.shown}`);
    try {
      (await openConnection(network, url, signal)).on('error', () => undefined).destroy();
    } catch (error) {
      throw unreachable(error, url, network);
    }
  }
  return { detail: ways.length === 0 ? 'none: connections are direct' : ways.join('; ') };
}

async function dns(journey: Journey, signal: AbortSignal): Promise<Finding> {
  const network = await journey.context.network();
  const direct = hostsOf(journey).filter((url) => network.proxyOf(url) === undefined);
  if (direct.length === 0) return { detail: 'not needed: the proxy resolves names', skipped: true };
  const found: string[] = [];
  for (const url of direct) {
    const { hostname } = new URL(url);
    const name = hostname.replace(/^\[|\]$/g, '');
    try {
      const addresses = await rejectWhenAborted(addressesOf(network, name), signal);
      found.push(`${name}: ${addresses.length === 1 ? '1 address' : `${addresses.length} addresses`}`);
    } catch (error) {
      throw unreachable(error, url, network);
    }
  }
  return { detail: found.join('; ') };
}

function addressesOf({ lookup }: Network, name: string): Promise<readonly LookupAddress[]> {
  return new Promise((resolve, reject) => {
    lookup(name, { all: true }, (error, addresses) => {
      if (error === null) resolve(Array.isArray(addresses) ? addresses : []);
      else reject(error);
    });
  });
}

async function tls(journey: Journey, signal: AbortSignal): Promise<Finding> {
  const network = await journey.context.network();
  const { redactor: { redact } } = journey.context;
  const shown: string[] = [];
  let advice: string | undefined;
  for (const url of hostsOf(journey)) {
    const { host } = new URL(url);
    let contact: FirstContact;
    try {
      contact = await firstContact(network, url, signal, journey.context.surroundings.clock.now);
    } catch (error) {
      throw unreachable(error, url, network);
    }
    journey.contacts.set(host, contact);
    const { certificate } = contact;
    if (certificate === undefined) {
      shown.push(`${host}: plain http`);
      continue;
    }
    const issuer = foreignText(certificate.issuer, redact, 100);
    if (certificate.untrusted !== undefined) throw untrusted(certificate.untrusted, issuer, url, network);
    const inspected = !certificate.isPublic && isMicrosofts(url);
    shown.push(`${host}: ${certificate.protocol}, certificate from ${issuer}${inspected ? ', which is not a public authority: something is inspecting TLS' : ''}`);
    if (inspected) advice = 'If the socket fails later, ask for *.svc.ms to be exempted from inspection.';
  }
  return { detail: shown.join('; '), advice };
}

function untrusted(code: string, issuer: string, url: string, network: Network): WatchError {
  const { host } = new URL(url);
  const aboutTime = code === 'CERT_HAS_EXPIRED' || code === 'CERT_NOT_YET_VALID';
  const inspected = !aboutTime && code !== 'ERR_TLS_CERT_ALTNAME_INVALID' && (isMicrosofts(url) || network.proxyOf(url) !== undefined);
  return new WatchError('network', `the certificate of ${host} is not trusted (${code}); it was issued by ${issuer}`, {
    code,
    hint: inspected
      ? 'A proxy or a security program is inspecting TLS: add its certificate authority with NODE_EXTRA_CA_CERTS.'
      : hintFor(code),
  });
}

/** Whether this is a service of Microsoft's, whose certificates come from public authorities. */
function isMicrosofts(url: string): boolean {
  const { origin } = new URL(url);
  return Object.entries(CLOUDS).some(([name, { login, graph }]) => name !== 'emulator' && (origin === login || origin === graph));
}

function clock({ context, contacts }: Journey): Promise<Finding> {
  const { now } = context.surroundings.clock;
  for (const [host, { date, answeredInMs, at }] of contacts) {
    const theirs = Date.parse(date ?? '');
    if (Number.isNaN(theirs)) continue;
    // The header has whole seconds, and was written while the answer was on its way.
    const offMs = at - answeredInMs / 2 - (theirs + 500);
    const exactMs = 500 + answeredInMs / 2;
    if (Math.abs(offMs) <= CLOCK_TOLERANCE_MS + exactMs) {
      const detail = Math.abs(offMs) <= exactMs + 1_000 ? 'correct' : `${describeDuration(Math.abs(offMs))} ${offMs > 0 ? 'fast' : 'slow'}`;
      return Promise.resolve({ detail: `${detail}, according to ${host}` });
    }
    throw new WatchError('network', `this machine's clock is ${describeDuration(Math.abs(offMs))} ${offMs > 0 ? 'fast' : 'slow'}: it says ${new Date(now()).toISOString()}, but ${host} says ${new Date(theirs).toISOString()}`, {
      code: 'clockOff', hint: 'Set the clock, or let the system set it (NTP): certificates and sign-ins depend on it.',
    });
  }
  return Promise.resolve({ detail: 'unknown: no server said what time it is', skipped: true });
}

/** The failure of a bare connection, in the words of every other request. */
function unreachable(error: unknown, url: string, network: Network): WatchError {
  if (error instanceof WatchError) return error;
  const { host } = new URL(url);
  const proxyThere = network.proxyOf(url);
  const refused = error instanceof TunnelRefused;
  const { why, ...details } = refused ? { ...refusedTunnel(error.status, host, proxyThere), code: 'tunnelRefused' } : describeFailure(error, host, proxyThere);
  return new WatchError('network', `${host} could not be reached: ${why}`, { ...details, cause: toError(error) });
}
