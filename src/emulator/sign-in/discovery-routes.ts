import { Hono } from 'hono';
import type { HttpEnv } from '../http/context.ts';
import { MULTI_TENANTS } from './service.ts';
import type { SignInService } from './service.ts';

/** Serves what clients read before they sign in: OpenID Connect discovery, its keys, and Entra's instance discovery. */
export function discoveryRoutes(service: SignInService): Hono<HttpEnv> {
  const app = new Hono<HttpEnv>();

  app.get('/:tenant/v2.0/.well-known/openid-configuration', (context) => {
    const tenant = context.req.param('tenant');
    service.checkTenant(tenant);
    const origin = service.origin;
    const base = `${origin}/${tenant}`;
    return context.json({
      token_endpoint: `${base}/oauth2/v2.0/token`,
      token_endpoint_auth_methods_supported: ['client_secret_post', 'private_key_jwt', 'client_secret_basic'],
      jwks_uri: `${base}/discovery/v2.0/keys`,
      response_modes_supported: ['query', 'fragment', 'form_post'],
      subject_types_supported: ['pairwise'],
      id_token_signing_alg_values_supported: ['ES256'],
      response_types_supported: ['code'],
      scopes_supported: ['openid', 'profile', 'email', 'offline_access'],
      // For `common` and the like, Entra's document contains this placeholder.
      issuer: MULTI_TENANTS.includes(tenant.toLowerCase()) ? `${origin}/{tenantid}/v2.0` : `${base}/v2.0`,
      request_uri_parameter_supported: false,
      authorization_endpoint: `${base}/oauth2/v2.0/authorize`,
      device_authorization_endpoint: `${base}/oauth2/v2.0/devicecode`,
      end_session_endpoint: `${base}/oauth2/v2.0/logout`,
      claims_supported: ['sub', 'iss', 'aud', 'exp', 'iat', 'nonce', 'preferred_username', 'name', 'tid', 'ver', 'oid', 'email'],
      code_challenge_methods_supported: ['S256'],
      tenant_region_scope: null,
      cloud_instance_name: 'localhost',
      msgraph_host: service.graphHost,
    });
  });

  app.get('/:tenant/discovery/v2.0/keys', (context) => context.json(service.signer.keys));

  app.get('/common/discovery/instance', (context) => {
    const origin = service.origin;
    const { host } = new URL(origin);
    return context.json({
      tenant_discovery_endpoint: `${origin}/common/v2.0/.well-known/openid-configuration`,
      'api-version': '1.1',
      metadata: [{ preferred_network: host, preferred_cache: host, aliases: [host] }],
    });
  });
  return app;
}
