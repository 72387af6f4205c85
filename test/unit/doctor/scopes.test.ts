import { describe, expect, it } from '@jest/globals';
import { claimsOf, covers, howToGet, leastScope } from '../../../src/doctor/scopes.ts';

const own = { own: true, write: false };
const others = { own: false, write: false };
const writeOwn = { own: true, write: true };
const writeOthers = { own: false, write: true };

describe('covers', () => {
  it.each([
    [['Files.Read'], own, 'yes'],
    [['files.readwrite'], own, 'yes'],
    [['Sites.Read.All'], own, 'yes'],
    [['https://graph.microsoft.us/Files.Read'], own, 'yes'],
    [['User.Read'], own, 'no'],
    [[], own, 'no'],
    [['Files.Read'], others, 'perhaps'],
    [['Files.Read.All'], others, 'yes'],
    [['Sites.Selected'], others, 'perhaps'],
    [['User.Read', 'openid'], others, 'no'],
    [['Files.Read', 'Files.Read.All'], writeOwn, 'no'],
    [['Files.ReadWrite'], writeOwn, 'yes'],
    [['Files.ReadWrite'], writeOthers, 'perhaps'],
    [['Sites.FullControl.All'], writeOthers, 'yes'],
  ])('says of %j for %j: %s', (scopes, need, answer) => {
    expect(covers(scopes, need)).toBe(answer);
  });
});

describe('leastScope and howToGet', () => {
  it('name a sufficient scope, and how to get it', () => {
    expect([own, others, writeOwn, writeOthers].map(leastScope)).toEqual(['Files.Read', 'Files.Read.All', 'Files.ReadWrite', 'Files.ReadWrite.All']);
    expect(howToGet('sign-in', 'Files.ReadWrite')).toBe('Run graph-watch login --scope Files.ReadWrite.');
    expect(howToGet('app', 'Files.Read')).toContain('application permission Files.Read.All,');
    expect(howToGet('token-file', 'Files.Read')).toBe('Get a token with the scope Files.Read.');
  });
});

describe('claimsOf', () => {
  const token = (claims: unknown): string => `e30.${Buffer.from(JSON.stringify(claims)).toString('base64url')}.c2ln`;

  it('reads scopes, application permissions and expiry of a JSON Web Token', () => {
    expect(claimsOf(token({ scp: 'Files.Read User.Read', exp: 1_700_000_000 }))).toEqual({ scopes: ['Files.Read', 'User.Read'], expiresAt: 1_700_000_000_000 });
    expect(claimsOf(token({ roles: ['Files.Read.All'] }))).toEqual({ scopes: ['Files.Read.All'], expiresAt: undefined });
  });

  it.each([['an opaque token', 'EwB4A8l6BAAU'], ['something with dots', 'a.b.c'], ['a token without scopes', token({ exp: 'soon', scp: 7 })], ['a list', token([])]])('returns nothing for %s', (_what, text) => {
    expect(claimsOf(text)).toEqual({ scopes: undefined, expiresAt: undefined });
  });
});
