import { describe, expect, it } from '@jest/globals';
import { permissionHint } from '../../../src/graph/permissions.ts';

describe('if Graph forbids a request', () => {
  it.each([
    ['/drives/b!x/root/subscriptions/socketIo', 'this drive', 'Files.Read.All'],
    ['/drives/b!x/root/delta?token=latest', 'this drive', 'Files.Read.All'],
    ['/drives/b!x', 'this drive', 'Files.Read.All'],
    ['/users/ada@contoso.com/drive/root', 'this drive', 'Files.Read.All'],
    ['/groups/g/drive/root', 'this drive', 'Files.Read.All'],
    ['/sites/contoso.sharepoint.com:/sites/team:/lists/Docs/drive/root', 'this site', 'Files.Read.All Sites.Read.All'],
    ['/sites?search=x', 'this site', 'Files.Read.All Sites.Read.All'],
    ['/shares/u!abc/driveItem?$select=id', 'this link', 'Files.Read.All Sites.Read.All'],
    ['/teams/t/channels/c/filesFolder', 'this channel', 'Files.Read.All'],
    ['/somewhere/else', 'this drive', 'Files.Read.All'],
  ])('the hint for %s names the command that gets the scope', (path, what, scopes) => {
    expect(permissionHint(path)).toBe(`The account cannot read ${what}, or a scope is missing: graph-watch login --scope ${scopes}`);
    expect(permissionHint(path, { credential: 'token' })).toBe(`The account cannot read ${what}, or the token lacks a scope: ${scopes}`);
    expect(permissionHint(path, { credential: 'app' })).toBe(`The app cannot read ${what}: an administrator has to grant it ${scopes}, or access to just ${what}.`);
  });

  it('the hint for one\'s own drive names no scope, since every sign-in asks for it', () => {
    expect(permissionHint('/me/drive/root/delta')).toBe('The account cannot read this drive: see graph-watch status, or accept the permission at graph-watch login.');
    expect(permissionHint('/me/drive')).not.toContain('--scope');
  });

  it('the hint for a write names a write scope', () => {
    expect(permissionHint('/me/drive/root:/x:/content', { write: true })).toBe('The account cannot write to this drive, or a scope is missing: graph-watch login --scope Files.ReadWrite');
    expect(permissionHint('/drives/b!x/items/y', { write: true, credential: 'app' })).toContain('grant it Files.ReadWrite.All,');
  });
});
