import { describe, expect, it } from '@jest/globals';
import { resourceUnits } from '../../../src/graph/resource-units.ts';

const ROOT = 'https://graph.microsoft.com/v1.0';

describe('the resource units of a request', () => {
  it.each([
    ['/me/drive/root/delta?token=latest', 1],
    ['/drives/b!a/root/delta?token=2026-01-01T00%3A00%3A00.000Z', 1],
    ["/drives/b!a/root/delta(token='abc%3D')", 1],
    ["/drives/b!a/root/delta(token='abc')?$top=1000", 1],
    ['/drives/b!a/root/microsoft.graph.delta()?$skiptoken=abc', 1],
    ['/drives/b!a/root/delta?$deltatoken=abc', 1],
    ['/me/drive/root/delta?$top=1000', 2],
    ['/me/drive/root/delta', 2],
    ['/me/drive/root/delta?token=', 2],
    ["/me/drive/root/delta(token='')", 2],
    ['/me/drive?$select=id', 1],
    ['/me', 1],
    ['/drives/b!a', 1],
    ['/drives/b!a/list', 1],
    ['/drives/b!a/items/01ABC?$select=id,name', 1],
    ["/drives/b!a/items('01ABC')", 1],
    ['/drives/b!a/items/01ABC/content', 1],
    ['/drives/b!a/root', 1],
    ['/drives/b!a/root:/Reports/Q3.xlsx', 1],
    ['/drives/b!a/root:/Reports/Q3.xlsx:/content', 1],
    ['/me/drive/root/subscriptions/socketIo', 1],
    ['/sites/contoso.sharepoint.com:/sites/legal', 1],
    ['/sites/a,b,c/lists/d', 1],
    ['/drives/b!a/root/children', 2],
    ['/drives/b!a/items/01ABC/children', 2],
    ['/drives/b!a/root:/Reports:/children', 2],
    ["/drives/b!a/root/search(q='x')", 2],
    ['/me/followedSites', 2],
    ['/sites/a,b,c/drives', 2],
    ['/sites?search=legal', 2],
    ['/drives/b!a/items/01ABC/permissions', 5],
    ['/drives/b!a/items/01ABC?$expand=permissions', 5],
    ['/drives/b!a/items/01ABC?$expand=children,permissions($top=1)', 5],
    ['/shares/u!aHR0/driveItem', 5],
  ])('are, for %s: %d', (path, units) => {
    expect(resourceUnits(new URL(`${ROOT}${path}`))).toBe(units);
  });

  it.each(['PUT', 'DELETE'])('are 2 for %s, and 5 for permissions', (method) => {
    expect([resourceUnits(new URL(`${ROOT}/me/drive/root:/a:/content`), method), resourceUnits(new URL(`${ROOT}/me/drive/items/a/permissions/b`), method)]).toEqual([2, 5]);
  });
});
