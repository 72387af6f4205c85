import { describe, expect, it } from '@jest/globals';
import { CLOUDS, compareScopes, isCloudName, scopesFor } from '../../../src/auth/clouds.ts';

describe('scopes', () => {
  it('stay bare for the global cloud', () => {
    expect(scopesFor('https://graph.microsoft.com')).toEqual(['Files.Read']);
    expect(scopesFor('https://graph.microsoft.com', ['Sites.Read.All'])).toEqual(['Files.Read', 'Sites.Read.All']);
  });

  it.each(['usgov', 'usgov-dod', 'china'] as const)('name the Graph of %s', (cloud) => {
    const { graph } = CLOUDS[cloud];
    expect(scopesFor(graph, ['offline_access', 'https://other.example/Read'])).toEqual([
      `${graph}/Files.Read`, 'offline_access', 'https://other.example/Read',
    ]);
  });

  it('stay bare for a custom Graph', () => {
    expect(scopesFor('https://localhost:8443')).toEqual(['Files.Read']);
  });

  it('are requested once, whatever their case', () => {
    expect(scopesFor('https://graph.microsoft.com', ['files.read', 'User.Read', 'User.Read'])).toEqual(['files.read', 'User.Read']);
  });
});

describe('comparing scopes', () => {
  it('finds what is missing', () => {
    expect(compareScopes(['Files.Read', 'Sites.Read.All'], ['Files.Read', 'openid'])).toEqual({
      granted: ['Files.Read'], missing: ['Sites.Read.All'],
    });
  });

  it('matches the long form with the short one, and keeps the granted form', () => {
    expect(compareScopes(['Files.Read'], ['https://graph.microsoft.com/files.read'])).toEqual({
      granted: ['https://graph.microsoft.com/files.read'], missing: [],
    });
  });

  it('does not report OpenID scopes (which need not be echoed) or .default as missing', () => {
    expect(compareScopes(['Files.Read', 'offline_access', 'OpenID', 'https://graph.microsoft.com/.default'], ['Files.Read']).missing).toEqual([]);
  });
});

it('accepts the names of clouds, but not inherited property names', () => {
  expect(isCloudName('usgov-dod')).toBe(true);
  expect(isCloudName('constructor')).toBe(false);
});
