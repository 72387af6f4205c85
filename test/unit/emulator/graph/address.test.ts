import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { parseAddress } from '../../../../src/emulator/graph/address/parse-address.ts';

const me = { of: 'me' };
const site = { host: 'example.com', path: '/sites/Team' };

describe('a Graph path', () => {
  it.each([
    ['/me', { what: 'me' }],
    ['/me/drive', { what: 'drive', drive: me }],
    ['/Me/Drive/Root', { what: 'item', drive: me, item: { by: 'root' } }],
    ['/me/drive/root/children', { what: 'children', drive: me, item: { by: 'root' } }],
    ['/me/drive/root/subscriptions/socketIo', { what: 'endpoint', drive: me }],
    ['/drives/b!1/list/subscriptions/socketIo', { what: 'endpoint', drive: { of: 'drive', id: 'b!1' } }],
    ['/drives/b!1/list', { what: 'driveList', drive: { of: 'drive', id: 'b!1' } }],
    ['/groups/g/drive/root/subscriptions/socketIo', { what: 'endpoint', drive: { of: 'group', id: 'g' } }],
    ['/users/ada@example.com/drive', { what: 'drive', drive: { of: 'user', id: 'ada@example.com' } }],
    ['/sites/s', { what: 'site', site: { id: 's' } }],
    ['/sites/s/drive', { what: 'drive', drive: { of: 'site', site: { id: 's' } } }],
    ['/sites/s/lists', { what: 'lists', site: { id: 's' } }],
    ['/sites/s/lists/l', { what: 'list', site: { id: 's' }, list: 'l' }],
    ['/sites/s/lists/l/subscriptions/socketIo', { what: 'listEndpoint', site: { id: 's' }, list: 'l' }],
    ['/sites/s/lists/l/drive/root/subscriptions/socketIo', { what: 'endpoint', drive: { of: 'list', site: { id: 's' }, list: 'l' } }],
    ['/sites/example.com:/sites/Team', { what: 'site', site }],
    ['/sites/example.com:/sites/Team:/lists/My%20Docs', { what: 'list', site, list: 'My Docs' }],
    ['/sites/example.com:/sites/Team:/lists/l/drive', { what: 'drive', drive: { of: 'list', site, list: 'l' } }],
    ['/me/drive/items/i', { what: 'item', drive: me, item: { by: 'id', id: 'i' } }],
    ['/me/drive/items/i/children', { what: 'children', drive: me, item: { by: 'id', id: 'i' } }],
    ['/me/drive/root:/a%20b/c%3Ad', { what: 'item', drive: me, item: { by: 'path', from: undefined, names: ['a b', 'c:d'] } }],
    ['/me/drive/root:/a/b:/children', { what: 'children', drive: me, item: { by: 'path', from: undefined, names: ['a', 'b'] } }],
    ['/me/drive/root:/a:', { what: 'item', drive: me, item: { by: 'path', from: undefined, names: ['a'] } }],
    ['/me/drive/items/i:/a', { what: 'item', drive: me, item: { by: 'path', from: 'i', names: ['a'] } }],
    ['/me/drive/root/delta', { what: 'delta', drive: me, item: { by: 'root' }, token: undefined }],
    ['/me/drive/root/delta()', { what: 'delta', drive: me, item: { by: 'root' }, token: undefined }],
    ['/me/drive/', { what: 'drive', drive: me }],
    ['/me/drive/root/', { what: 'item', drive: me, item: { by: 'root' } }],
    ['/me/drive/root:/', { what: 'item', drive: me, item: { by: 'path', from: undefined, names: [] } }],
    ['/me/drive/root:/a:/', { what: 'item', drive: me, item: { by: 'path', from: undefined, names: ['a'] } }],
    ['/me/drive/root:/a/:/children', { what: 'children', drive: me, item: { by: 'path', from: undefined, names: ['a'] } }],
    ['/me/drive/root:/a%2Fb%2fc', { what: 'item', drive: me, item: { by: 'path', from: undefined, names: ['a', 'b', 'c'] } }],
    ['/me/drive/root:/a%2Fb:/children', { what: 'children', drive: me, item: { by: 'path', from: undefined, names: ['a', 'b'] } }],
    ['/me/drive/root:/./a/./b', { what: 'item', drive: me, item: { by: 'path', from: undefined, names: ['a', 'b'] } }],
    ["/me/drive/items('i')", { what: 'item', drive: me, item: { by: 'id', id: 'i' } }],
    ['/search/query', { what: 'searchQuery' }],
    ['/me/drive/special/photos', { what: 'item', drive: { of: 'me' }, item: { by: 'special', name: 'photos' } }],
    ['/me/drive/special/photos/children', { what: 'children', drive: { of: 'me' }, item: { by: 'special', name: 'photos' } }],
    ['/drives/b!1/list/items/G/driveItem', { what: 'item', drive: { of: 'drive', id: 'b!1' }, item: { by: 'uniqueId', id: 'G' } }],
    ['/sites/s/lists/l/items/G/driveItem/content', { what: 'content', drive: { of: 'list', site: { id: 's' }, list: 'l' }, item: { by: 'uniqueId', id: 'G' } }],
    ['/me/drives/b!1/root', { what: 'item', drive: { of: 'drive', id: 'b!1' }, item: { by: 'root' } }],
    ['/users/u/drives/b!1', { what: 'drive', drive: { of: 'drive', id: 'b!1' } }],
    ['/groups/g/drives/b!1/items/i', { what: 'item', drive: { of: 'drive', id: 'b!1' }, item: { by: 'id', id: 'i' } }],
    ['/sites/s/drives/b!1/root:/a:/createUploadSession', { what: 'createUploadSession', drive: { of: 'drive', id: 'b!1' }, item: { by: 'path', from: undefined, names: ['a'] } }],
    ["/sites/s/drives('b!1')/list", { what: 'driveList', drive: { of: 'drive', id: 'b!1' } }],
    ["/drives('b!1')/items('i')/children", { what: 'children', drive: { of: 'drive', id: 'b!1' }, item: { by: 'id', id: 'i' } }],
    ["/me/drive/Items('O''Neill%201'):/a", { what: 'item', drive: me, item: { by: 'path', from: "O'Neill 1", names: ['a'] } }],
    ["/groups('g')/drive", { what: 'drive', drive: { of: 'group', id: 'g' } }],
    ["/sites('s')/lists('l')/drive", { what: 'drive', drive: { of: 'list', site: { id: 's' }, list: 'l' } }],
    ['/me/drive/root/microsoft.graph.delta()', { what: 'delta', drive: me, item: { by: 'root' }, token: undefined }],
    ["/me/drive/root/microsoft.graph.delta(token='t')", { what: 'delta', drive: me, item: { by: 'root' }, token: 't' }],
    ['/me/drive/root/delta(token=t)', { what: 'delta', drive: me, item: { by: 'root' }, token: 't' }],
    ["/me/drive/root/delta(token='')", { what: 'delta', drive: me, item: { by: 'root' }, token: '' }],
    ["/me/drive/root/delta(token='a%3D')", { what: 'delta', drive: me, item: { by: 'root' }, token: 'a=' }],
  ])('%s is recognized', (path, address) => {
    expect(parseAddress(path)).toEqual(address);
  });

  it.each([
    '/', '', '/mail', '/me/mail', '/drives', '/groups/g/root', '/users/u/mail', '/sites/s/pages',
    '/me//drive', '/teams', '/shares', '/groups/g/sites', '/teams/t/channels/c/messages', '/me/drive/root:/../a', '/me/drive/root:/a%2F..%2Fb', '/me/drive/root/subscriptions', '/me/drive/root/subscriptions/socketIo/x', '/me/drive/bundles',
    '/me/drive/root/children/x', '/me/drive/items', '/drives/%E0%A4%A', '/sites/s/lists/l/items', '/me/drive/list/items', '/me/drive/list/items/i', '/sites/s/lists/l/items/i', '/me/drive/special', '/search', '/search/query/x',
  ])('%s is not recognized', (path) => {
    expect(parseAddress(path)).toBeUndefined();
  });

  it('with any percent-encoded id means that id and nothing else', () => {
    const id = fc.string({ minLength: 1 });
    fc.assert(
      fc.property(id, (text) => {
        expect(parseAddress(`/drives/${encodeURIComponent(text)}/root`)).toEqual({ what: 'item', drive: { of: 'drive', id: text }, item: { by: 'root' } });
        expect(parseAddress(`/me/drive/items/${encodeURIComponent(text)}`)).toEqual({ what: 'item', drive: me, item: { by: 'id', id: text } });
      }),
    );
  });
});
