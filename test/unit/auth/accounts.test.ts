import { describe, expect, it } from '@jest/globals';
import { findAccount, NOT_SIGNED_IN, selectAccount, type SignInRecord } from '../../../src/auth/accounts.ts';

const here = { authority: 'https://login.test/common', clientId: 'app-1' };
const record = (name: string, changes: Partial<SignInRecord> = {}): SignInRecord => ({
  homeAccountId: `id-${name}.tenant`, environment: 'login.test', username: `${name}@example.com`, tenantId: 'tenant',
  clientId: 'app-1', authority: 'https://login.test/common', cloud: 'global', scopes: ['Files.Read'], signedInAt: 1, ...changes,
});
const ada = record('ada', { signedInAt: 20 });
const bob = record('bob', { signedInAt: 30 });
const cy = record('cy', { signedInAt: 10 });

describe('choosing an account', () => {
  it('takes the one signed in last when none is named', () => {
    expect(findAccount([ada, bob, cy], here)).toBe(bob);
    expect(findAccount([ada, bob, cy], { ...here, account: '' })).toBe(bob);
  });

  it.each(['cy@example.com', 'CY@EXAMPLE.COM', 'id-cy', 'ID-CY.Tenant'])('takes the one that "%s" names', (account) => {
    expect(findAccount([ada, bob, cy], { ...here, account })).toBe(cy);
  });

  it.each(['i', 'id-'])('does not take "%s": it is too short for the beginning of an id', (account) => {
    expect(findAccount([cy], { ...here, account })).toBeUndefined();
  });

  it('does not take a beginning that two ids share', () => {
    expect(findAccount([cy, { ...cy, homeAccountId: 'id-cynthia.tenant', username: 'cynthia@example.com' }], { ...here, account: 'id-cy' })).toBeUndefined();
  });

  it('does not take a beginning of a user name for the name', () => {
    expect(findAccount([ada], { ...here, account: 'ada' })).toBeUndefined();
  });

  it('prefers the last sign-in among accounts of the same name', () => {
    const guest = record('ada', { homeAccountId: 'guest', signedInAt: 40 });
    expect(findAccount([ada, guest], { ...here, account: 'ada@example.com' })).toBe(guest);
  });

  it('accepts any tenant of the same host, and ignores the case of client ids', () => {
    expect(findAccount([ada], { authority: 'https://login.test/contoso.com', clientId: 'APP-1' })).toBe(ada);
  });

  it('says who is signed in when somebody else is named', () => {
    expect(() => selectAccount([ada, bob], { ...here, account: 'eve' })).toThrow(
      expect.objectContaining({ category: 'auth', message: 'eve is not signed in; signed in: bob@example.com, ada@example.com.' }),
    );
  });

  it('names the app that somebody is signed in with, if it is another one', () => {
    expect(() => selectAccount([ada], { ...here, clientId: 'app-2' })).toThrow(
      expect.objectContaining({ code: NOT_SIGNED_IN, hint: expect.stringContaining('--client-id app-1') as unknown }),
    );
  });

  it('names the cloud that somebody is signed in to, if it is another one', () => {
    expect(() => selectAccount([ada], { ...here, authority: 'https://login.other/common', cloud: 'china' })).toThrow(
      expect.objectContaining({ message: 'You are not signed in (login.other).', hint: expect.stringContaining('--cloud global') as unknown }),
    );
  });

  it('does not suggest the cloud that is already in use', () => {
    expect(() => selectAccount([record('ada', { cloud: 'emulator' })], { ...here, authority: 'https://localhost:9443/common', cloud: 'emulator' })).toThrow(
      expect.objectContaining({ message: 'You are not signed in (localhost:9443).', hint: 'Run graph-watch --cloud emulator login.' }),
    );
  });

  it('names the cloud to sign in to', () => {
    expect(() => selectAccount([], { ...here, cloud: 'emulator' })).toThrow(
      expect.objectContaining({ hint: 'Run graph-watch --cloud emulator login.' }),
    );
  });

  it('asks for a sign-in if nobody is signed in', () => {
    expect(() => selectAccount([], here)).toThrow(
      expect.objectContaining({ category: 'auth', code: NOT_SIGNED_IN, hint: 'Run graph-watch login.' }),
    );
  });
});
