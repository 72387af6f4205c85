import { expect, it } from '@jest/globals';
import { managedIdentityTokens } from '../../../../src/auth/unattended/managed-identity.ts';
import { createRedactor } from '../../../../src/lib/redactor.ts';
import type { HttpRequest } from '../../../../src/net/send.ts';
import { AUTHORITY, sleepLog } from '../support.ts';

it('asks the machine\'s identity service, at its link-local address and without a proxy', async () => {
  const sent: HttpRequest[] = [];
  const redactor = createRedactor();
  const tokens = managedIdentityTokens({
    authority: AUTHORITY, graphUrl: 'https://graph.test', cloud: 'global', clientId: undefined, tenant: undefined, env: {}, warn: () => undefined, clock: sleepLog(), redactor,
    send(request) {
      sent.push(request);
      const body = { access_token: 'MACHINE-SECRET', expires_in: '86400', resource: 'https://graph.test', token_type: 'Bearer' };
      return Promise.resolve({ status: 200, headers: {}, body: JSON.stringify(body) });
    },
  });
  expect(await tokens.get()).toBe('MACHINE-SECRET');
  expect(sent).toMatchObject([{ method: 'GET', direct: true, url: expect.stringMatching(/^http:\/\/169\.254\.169\.254\/metadata\/identity\/oauth2\/token\?/) }]);
  expect(redactor.redact('MACHINE-SECRET')).toBe('[redacted]');
});
