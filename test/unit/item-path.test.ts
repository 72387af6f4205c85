import { describe, expect, it } from '@jest/globals';
import { parentPath } from '../../src/item-path.ts';

describe('the path of a parent', () => {
  it.each([
    ['/drives/b!x/root:', undefined, ''],
    ['/drive/root:/a/b', 'b', '/a/b'],
    ['/drives/b!x/root:/a%20b/c%25', 'c%', '/a b/c%'],
    ['/drives/b!x/root:/a b/100%25', undefined, '/a b/100%25'],
    ['/drives/b!x/root:/100%', '100%', '/100%'],
    ['/drives/b!x/root:/a/x%20y', 'x%20y', '/a/x%20y'],
    ['/drives/b!x/root:/%C3%BC/root:', 'root:', '/ü/root:'],
    ['/drives/b!x/root:/ü%20', undefined, '/ü%20'],
    ['/drives/b!x/items/y', undefined, undefined],
  ])('%s (%s) is %s', (path, name, decoded) => {
    expect(parentPath(path, name)).toBe(decoded);
  });
});
