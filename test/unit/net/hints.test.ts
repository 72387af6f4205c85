import { expect, it } from '@jest/globals';
import { hintFor } from '../../../src/net/hints.ts';

it.each([
  ['ENOTFOUND', /proxy/], ['EAI_AGAIN', /network/], ['ECONNREFUSED', /listens/], ['SELF_SIGNED_CERT_IN_CHAIN', /NODE_EXTRA_CA_CERTS/],
  ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', /NODE_EXTRA_CA_CERTS/], ['CERT_HAS_EXPIRED', /clock/],
])('says what to do about %s', (code, hint) => {
  expect(hintFor(code)).toMatch(hint);
});

it('says nothing where it knows nothing', () => {
  expect(hintFor(undefined)).toBeUndefined();
  expect(hintFor('EPROTO')).toBeUndefined();
});
