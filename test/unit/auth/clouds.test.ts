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

  it('stay bare for a Graph of one\'s own', () => {
    expect(scopesFor('https://localhost:8443')).toEqual(['Files.Read']);
  });

  it('are asked for once, whatever their case', () => {
    expect(scopesFor('https://graph.microsoft.com', ['files.read', 'User.Read', 'User.Read'])).toEqual(['files.read', 'User.Read']);
  });
});

describe('comparing scopes', () => {
  it('finds what is missing', () => {
    expect(compareScopes(['Files.Read', 'Sites.Read.All'], ['Files.Read', 'openid'])).toEqual({
      granted: ['Files.Read'], missing: ['Sites.Read.All'],
    });
  });

  it('takes the long spelling for the short one, and keeps the granted one', () => {
    expect(compareScopes(['Files.Read'], ['https://graph.microsoft.com/files.read'])).toEqual({
      granted: ['https://graph.microsoft.com/files.read'], missing: [],
    });
  });

  it('does not miss OpenID scopes, which need not be echoed, nor .default', () => {
    expect(compareScopes(['Files.Read', 'offline_access', 'OpenID', 'https://graph.microsoft.com/.default'], ['Files.Read']).missing).toEqual([]);
  });
});

it('knows the clouds by name, and nothing that an object inherits', () => {
  expect(isCloudName('usgov-dod')).toBe(true);
  expect(isCloudName('constructor')).toBe(false);
});
