import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { DEFAULT_COMPANY } from '../../../../src/emulator/graph/directory/company.ts';
import { libraryDriveId } from '../../../../src/emulator/graph/directory/drive-ids.ts';
import { DirectoryFileError } from '../../../../src/emulator/graph/directory/json-fields.ts';
import { companyIn, readCompany } from '../../../../src/emulator/graph/directory/read-company.ts';

describe('a directory file', () => {
  it('may leave out everything but names', () => {
    expect(companyIn({ groups: [{ displayName: 'Field Team' }], sites: [{ name: 'a/b' }] })).toEqual({
      displayName: DEFAULT_COMPANY.displayName,
      host: 'example.com',
      systemDrives: false,
      applications: [],
      users: DEFAULT_COMPANY.users,
      groups: [{ displayName: 'Field Team', mailNickname: 'FieldTeam', members: [], channels: undefined }],
      sites: [{ name: 'a/b', displayName: 'a/b', libraries: ['Documents'], hiddenLibraries: [], lists: [], followedBy: [] }],
    });
  });

  it('can describe everything that the default company has', () => {
    expect(companyIn(JSON.parse(JSON.stringify(DEFAULT_COMPANY)))).toEqual(DEFAULT_COMPANY);
  });

  it.each([
    [[], 'The directory file must be an object'],
    [{ user: [] }, 'unknown property: user'],
    [{ users: {} }, 'users must be an array'],
    [{ users: [] }, 'at least one user'],
    [{ users: [{ userPrincipalName: 'ada' }] }, 'users[0].userPrincipalName'],
    [{ users: [{ userPrincipalName: 'a@b.c' }, { userPrincipalName: 'A@b.c' }] }, '"a@b.c" appears twice'],
    [{ groups: [{}] }, 'groups[0].displayName is not valid: missing'],
    [{ groups: [{ displayName: 'a', members: ['x'] }] }, 'groups[0].members[0]'],
    [{ groups: [{ displayName: 'a', channels: [{ displayName: 'b', membershipType: 'shared' }] }] }, 'groups[0].channels[0].membershipType'],
    [{ sites: [{ name: '../x' }] }, 'sites[0].name'],
    [{ sites: [{ name: 'a', libraries: [] }] }, 'sites[0].libraries'],
    [{ sites: [{ name: 'a', libraries: ['b/c'] }] }, 'sites[0].libraries[0]'],
    [{ sites: [{ name: 'a' }], groups: [{ displayName: 'A' }] }, '"a" appears twice'],
    [{ host: 'https://example.com' }, 'host is not valid'],
    [{ systemDrives: 1 }, 'systemDrives must be true or false'],
    [{ sites: [{ name: 'a', hiddenLibraries: [''] }] }, 'sites[0].hiddenLibraries[0]'],
    [{ applications: [{}] }, 'applications[0].clientId is not valid: missing'],
    [{ applications: [{ clientId: 'a' }, { clientId: 'A' }] }, 'applications: "a" appears twice'],
    [{ applications: [{ clientId: 'a', password: 'x' }] }, 'unknown property: password'],
    [{ applications: [{ clientId: 'a', secret: '' }] }, 'applications[0].secret is not valid: not shown'],
    [{ applications: [{ clientId: 'a', isPublic: true, secret: 'x' }] }, 'applications[0].isPublic'],
    [{ applications: [{ clientId: 'a', certificateFile: 'missing.pem' }] }, 'applications[0].certificateFile: cannot read'],
    [{ applications: [{ clientId: 'a', federated: [{ issuer: 'http://x', subject: 's' }] }] }, 'applications[0].federated[0].issuer'],
    [{ applications: [{ clientId: 'a', roles: ['everything'] }] }, 'applications[0].roles[0]'],
  ])('%j is refused, and the place is named', (json, message) => {
    expect(() => companyIn(json)).toThrow(DirectoryFileError);
    expect(() => companyIn(json)).toThrow(message);
  });

  it('is named if it cannot be read or parsed', async () => {
    const place = await mkdtemp(join(tmpdir(), 'directory-file-'));
    const path = join(place, 'company.json');
    expect(() => readCompany(path)).toThrow(path);
    await writeFile(path, '{');
    expect(() => readCompany(path)).toThrow(DirectoryFileError);
    await writeFile(path, '{"displayName":"Mine"}');
    expect(readCompany(path).displayName).toBe('Mine');
    await rm(place, { recursive: true });
  });
});

it('makes drive ids from three GUIDs as SharePoint does', () => {
  const id = libraryDriveId('00112233-4455-6677-8899-aabbccddeeff', '01020304-0506-0708-090a-0b0c0d0e0f10', 'ffffffff-0000-1111-2222-333333333333');
  expect(id.startsWith('b!')).toBe(true);
  expect(Buffer.from(id.slice(2), 'base64url').toString('hex')).toBe('33221100554477668899aabbccddeeff0403020106050807090a0b0c0d0e0f10ffffffff000011112222333333333333');
});
