import { authenticateClient } from './client-authentication.ts';
import { invalidGrant, SignInError } from './errors.ts';
import { required } from './form.ts';
import { scopesFrom } from './service.ts';
import type { SignInService, TokenAnswer } from './service.ts';

/** The grant type's name in RFC 8628. */
const DEVICE_CODE_GRANT = 'urn:ietf:params:oauth:grant-type:device_code';
/** The name that older clients send; Entra accepts both. */
const DEVICE_CODE_GRANT_SHORT = 'device_code';

/** TokenRequest is a POST of the token endpoint. */
export interface TokenRequest {
  tenant: string;
  form: URLSearchParams;
  authorization: string | undefined;
}

/** Answers a request for tokens; throws Entra's errors. */
export function answerToken(service: SignInService, request: TokenRequest): TokenAnswer {
  const { form, tenant } = request;
  const grantType = required(form, 'grant_type');
  const application = authenticateClient(
    service.applications,
    { ...request, needsCredential: grantType === 'client_credentials' },
    { audiences: service.assertionAudiences(tenant), nowMs: service.nowMs() },
  );
  const { clientId } = application;
  const extra = { clientInfo: form.get('client_info') === '1' };
  switch (grantType) {
    case DEVICE_CODE_GRANT:
    case DEVICE_CODE_GRANT_SHORT:
      return service.answer(service.deviceCodes.poll(required(form, 'device_code'), clientId), extra);
    case 'authorization_code': {
      const { nonce, ...grant } = service.authorizationCodes.redeem({
        code: required(form, 'code'),
        clientId,
        redirectUri: required(form, 'redirect_uri'),
        verifier: form.get('code_verifier') ?? undefined,
      });
      return service.answer(grant, { ...extra, nonce });
    }
    case 'refresh_token':
      return service.answer(refreshed(service, form, clientId), extra);
    case 'client_credentials':
      return service.answerApplication(application, tenant, required(form, 'scope'));
    default:
      throw new SignInError('unsupported_grant_type', 70003, `The app requested an unsupported grant type '${grantType}'.`);
  }
}

/**
 * Returns the grant of a refresh token, with the scopes asked for. Each refresh issues a
 * new refresh token; the old one stays valid, as in Entra, unless they are single-use.
 */
function refreshed(service: SignInService, form: URLSearchParams, clientId: string): Parameters<SignInService['answer']>[0] {
  const token = required(form, 'refresh_token');
  if (service.tokens.isRevoked(token)) {
    throw invalidGrant(50173, 'The provided grant has expired due to it being revoked, a fresh auth token is needed. The user might have changed or reset their password.');
  }
  const found = service.tokens.refresh(token);
  if (found.state === 'expired') {
    throw invalidGrant(700082, 'The refresh token has expired due to inactivity.');
  }
  const user = found.state === 'valid' ? found.grant.user : undefined;
  if (found.state === 'unknown' || user === undefined) {
    throw invalidGrant(9002313, 'Invalid request. Request is malformed or invalid.');
  }
  const { scopes: granted, clientId: owner } = found.grant;
  if (owner !== clientId) throw invalidGrant(70000, 'Provided grant is invalid or malformed: the refresh token was issued to another client.');
  if (service.settings.singleUseRefreshTokens) service.tokens.dropRefresh(token);
  const asked = scopesFrom(form.get('scope') ?? '');
  // Its grants stay: a client need not ask for a refresh token again.
  return { user, clientId, scopes: asked.length === 0 ? granted : [...new Set([...asked, 'offline_access'])] };
}
