import { X509Certificate } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import type { Application } from './applications.ts';
import { invalidClient } from './errors.ts';
import { decodeJwt, isSignedBy } from './jwt.ts';
import type { Jwt } from './jwt.ts';

/** The audience that a token of another identity provider must have. */
const EXCHANGE_AUDIENCES = ['api://AzureADTokenExchange', 'api://AzureADTokenExchangeUSGov', 'api://AzureADTokenExchangeChina'];
/** Entra tolerates clocks that differ by five minutes. */
const CLOCK_SKEW_SECONDS = 300;

export interface AssertionContext {
  /** The audiences that a certificate's assertion may have: the token endpoint, or the authority. */
  audiences: readonly string[];
  nowMs: number;
}

/**
 * Checks a client assertion (RFC 7523): a JWT signed with the app's certificate, or one of another
 * identity provider that the app trusts. Throws Entra's errors.
 *
 * Audience, issuer, subject and validity are always checked. The signature is checked against the
 * registered certificate, or against the one that an app without a registration sends along; keys of
 * other identity providers are not fetched.
 */
export function checkAssertion(application: Application, assertion: string, context: AssertionContext): void {
  const jwt = decodeJwt(assertion);
  if (jwt === undefined) throw invalidClient(50027, 'JWT token is invalid or malformed.');
  checkValidity(jwt, context.nowMs);
  const isOwn = jwt.claims.iss === application.clientId || jwt.header.x5t !== undefined || jwt.header['x5t#S256'] !== undefined;
  if (isOwn) checkCertificate(application, jwt, context.audiences);
  else checkFederated(application, jwt);
}

function checkValidity({ claims: { exp, nbf } }: Jwt, nowMs: number): void {
  const now = nowMs / 1000;
  const isCurrent = typeof exp === 'number' && exp + CLOCK_SKEW_SECONDS > now && (typeof nbf !== 'number' || nbf - CLOCK_SKEW_SECONDS <= now);
  if (!isCurrent) throw invalidClient(700024, 'Client assertion is not within its valid time range.');
}

function checkCertificate(application: Application, jwt: Jwt, audiences: readonly string[]): void {
  const { iss, sub, aud } = jwt.claims;
  if (iss !== application.clientId || sub !== application.clientId) {
    throw invalidClient(700021, "Client assertion application identifier doesn't match 'client_id' parameter.");
  }
  if (typeof aud !== 'string' || !audiences.includes(aud)) {
    throw invalidClient(700023, 'Client assertion audience claim does not match Realm issuer.');
  }
  const key = application.key ?? certificateIn(jwt);
  if (application.isRegistered && application.key === undefined) {
    throw invalidClient(700027, `No certificate is registered for application '${application.clientId}'.`);
  }
  // An app that is not registered need not send its certificate: then there is no key to check with.
  if (key !== undefined && !isSignedBy(jwt, key)) {
    throw invalidClient(700027, 'The certificate with identifier used to sign the client assertion is not registered on application, or the signature is invalid.');
  }
}

/** The key of the certificate in the header (`x5c`), if there is one. */
function certificateIn({ header: { x5c } }: Jwt): KeyObject | undefined {
  if (!Array.isArray(x5c) || typeof x5c[0] !== 'string') return undefined;
  try {
    return new X509Certificate(Buffer.from(x5c[0], 'base64')).publicKey;
  } catch {
    throw invalidClient(700027, 'The certificate in the client assertion is malformed.');
  }
}

function checkFederated(application: Application, { claims: { iss, sub, aud } }: Jwt): void {
  const audiences = Array.isArray(aud) ? (aud as readonly unknown[]) : [aud];
  if (!audiences.some((audience) => typeof audience === 'string' && EXCHANGE_AUDIENCES.includes(audience))) {
    throw invalidClient(700212, `No matching federated identity record found for presented assertion audience '${shown(audiences[0])}'.`);
  }
  const trusted = application.federated ?? [];
  if (application.isRegistered && trusted.length === 0) {
    throw invalidClient(70025, `The client '${application.clientId}' has no configured federated identity credentials.`);
  }
  // Both are compared exactly, case included.
  const sameIssuer = application.isRegistered ? trusted.filter(({ issuer }) => issuer === iss) : [];
  if (application.isRegistered ? sameIssuer.length === 0 : typeof iss !== 'string' || !URL.canParse(iss)) {
    throw invalidClient(700211, `No matching federated identity record found for presented assertion issuer '${shown(iss)}'.`);
  }
  if (application.isRegistered ? !sameIssuer.some(({ subject }) => subject === sub) : typeof sub !== 'string' || sub === '') {
    throw invalidClient(700213, `No matching federated identity record found for presented assertion subject '${shown(sub)}'.`);
  }
}

function shown(claim: unknown): string {
  return typeof claim === 'string' ? claim : '';
}
