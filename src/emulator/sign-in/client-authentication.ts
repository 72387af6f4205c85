import { createHash, timingSafeEqual } from 'node:crypto';
import type { Application, Applications } from './applications.ts';
import { checkAssertion } from './client-assertion.ts';
import type { AssertionContext } from './client-assertion.ts';
import { invalidClient, SignInError } from './errors.ts';
import { required } from './form.ts';

const JWT_BEARER = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';

/**
 * Identifies and authenticates the client of a token request: by `client_id` in the form or by HTTP
 * Basic, which Go's OAuth library tries first; with a secret, a client assertion, or neither.
 * Throws Entra's errors.
 */
export function authenticateClient(
  applications: Applications,
  request: { form: URLSearchParams; authorization: string | undefined; needsCredential: boolean },
  context: AssertionContext,
): Application {
  const { form } = request;
  const basic = basicCredentials(request.authorization);
  if (basic === undefined) required(form, 'client_id');
  const clientId = form.get('client_id') ?? basic?.id ?? '';
  if (basic !== undefined && basic.id !== clientId) {
    throw invalidClient(70002, "Error validating credentials. The client in the Authorization header is not the one in 'client_id'.");
  }
  const application = applications.get(clientId);
  const secret = nonEmpty(form.get('client_secret')) ?? nonEmpty(basic?.secret);
  const assertion = nonEmpty(form.get('client_assertion'));
  if (secret === undefined && assertion === undefined) {
    if (request.needsCredential) {
      throw invalidClient(7000216, "'client_assertion', 'client_secret' or 'request' is required for the 'client_credentials' grant type.");
    }
    if (isConfidential(application)) {
      throw invalidClient(7000218, "The request body must contain the following parameter: 'client_assertion' or 'client_secret'.");
    }
    return application;
  }
  if (application.isPublic === true) {
    throw invalidClient(700025, "Client is public so neither 'client_assertion' nor 'client_secret' should be presented.");
  }
  if (assertion !== undefined) {
    if (required(form, 'client_assertion_type') !== JWT_BEARER) {
      throw new SignInError('invalid_request', 900140, "The 'client_assertion_type' must be 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer'.");
    }
    checkAssertion(application, assertion, context);
  } else if (application.isRegistered && !isSecretOf(application, secret ?? '')) {
    throw invalidClient(
      7000215,
      `Invalid client secret provided. Ensure the secret being sent in the request is the client secret value, not the client secret ID, for a secret added to app '${clientId}'.`,
    );
  }
  return application;
}

function isConfidential({ isPublic, secret, key, federated }: Application): boolean {
  return isPublic === false || secret !== undefined || key !== undefined || federated !== undefined;
}

function isSecretOf({ secret }: Application, presented: string): boolean {
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
  return secret !== undefined && timingSafeEqual(digest(secret), digest(presented));
}

/** The id and secret of a Basic header, each form-encoded (RFC 6749, 2.3.1); undefined if there is none. */
function basicCredentials(authorization: string | undefined): { id: string; secret: string } | undefined {
  const encoded = /^Basic +([\w+/=-]+)$/i.exec(authorization ?? '')?.[1];
  if (encoded === undefined) return undefined;
  const text = Buffer.from(encoded, 'base64').toString('utf8');
  const colon = text.indexOf(':');
  const id = formDecoded(colon < 0 ? text : text.slice(0, colon));
  const secret = formDecoded(colon < 0 ? '' : text.slice(colon + 1));
  if (id === undefined || id === '' || secret === undefined) throw invalidClient(900142, 'The Authorization header is malformed.');
  return { id, secret };
}

function formDecoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    return undefined;
  }
}

function nonEmpty(text: string | null | undefined): string | undefined {
  return text === null || text === '' ? undefined : text;
}
