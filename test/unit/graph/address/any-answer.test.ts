import { expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { WatchError } from '../../../../src/errors.ts';
import { findPlace } from '../../../../src/graph/address/find.ts';
import { parseAddress } from '../../../../src/graph/address/parse.ts';
import { createGraph } from '../../../../src/graph/http.ts';
import { RequestPace } from '../../../../src/graph/request-pace.ts';
import { drivePath } from '../../../../src/graph/targets.ts';
import { steppedClock } from '../../../support/stepped-clock.ts';

const GUID = '0b1f2c3d-4e5f-4a6b-8c7d-9e0f1a2b3c4d';
const HOSTS = ['contoso.sharepoint.com', 'contoso-my.sharepoint.com', 'contoso.sharepoint.us', 'contoso.sharepoint.com.evil.example', 'evil.example'];
const NAMES = ['sites', 'teams', 'personal', 'team', 'sub', 'ada_contoso_com', 'Shared%20Documents', 'Documenti%20condivisi', 'Q3%5F2026%2Exlsx', '%2e%2e', '..%2F..', '%252e%252e', 'a%23b', ':f:', 'r', 's', 'Forms', 'AllItems.aspx', '_layouts', '15', 'onedrive.aspx', 'Doc.aspx', 'my'];
const QUERIES = ['', '?id=%2Fsites%2Fteam%2FShared%20Documents%2F..%2F..%2Fx', '?RootFolder=%2Fteams%2Fteam%2FDocumenti%20condivisi%2FQ3', `?sourcedoc=%7B${GUID}%7D`, '?listurl=https%3A%2F%2Fevil.example%2Fx&id=%2Fx', '?listurl=https%3A%2F%2Fcontoso%2Esharepoint%2Ecom%2Fsites%2Fteam%2FDocs&id=%2Fsites%2Fteam%2FDocs%2FQ3'];
const WHOLE = [
  'https://onedrive.live.com/?id=%2Fpersonal%2F4f0c2a9b71d3e586%2FDocuments%2FReports', 'https://onedrive.live.com/?resid=4F0C2A9B71D3E586!123', 'https://1drv.ms/f/s!AbC', 'https://1drv.ms/f/c/4f0c2a9b71d3e586/Eabc',
  `https://teams.microsoft.com/l/channel/19%3Aabc%40thread.tacv2/General?groupId=${GUID}`, 'https://teams.microsoft.com/l/file/1?objectUrl=https%3A%2F%2Fevil.example%2F', `odopen://sync?siteId=${GUID}&webId=${GUID}&listId=${GUID}&webUrl=https%3A%2F%2Fcontoso.sharepoint.com`,
];
const address = fc.oneof(
  fc.tuple(fc.constantFrom(...HOSTS), fc.array(fc.constantFrom(...NAMES), { maxLength: 6 }), fc.constantFrom(...QUERIES)).map(([host, names, query]) => `https://${host}/${names.join('/')}${query}`),
  fc.constantFrom(...WHOLE),
);

/** What a service that is broken, or is not Graph at all, may send as sites, drives and items. */
const text = fc.constantFrom('', '..', '../../../evil', 'https://evil.example/', 'b!docs', 'contoso.sharepoint.com,1,2', 'Documents', '/drives/b!x/root:/a%20b', 'root:', '%', 'https://contoso.sharepoint.com/sites/team/Shared%20Documents', 'https://contoso.sharepoint.com/teams');
const item = fc.record({ id: text, name: text, webUrl: text, folder: fc.constant({}), root: fc.constant({}), parentReference: fc.record({ driveId: text, path: text }, { requiredKeys: [] }) }, { requiredKeys: [] });
const body = fc.oneof(
  item, item.map((remoteItem) => ({ id: 'x', remoteItem })), fc.jsonValue(),
  fc.record({ value: fc.array(item, { maxLength: 3 }), '@odata.nextLink': fc.constantFrom('https://evil.example/next', 'https://graph.test@evil.example/', '//evil.example', '/v1.0/next', 'https://graph.test/v1.0/next') }, { requiredKeys: ['value'] }),
);
const answer = fc.record({ status: fc.constantFrom(200, 200, 200, 400, 403, 404, 500), body });

it('any address with any answers leads to a drive or an explained error, and the token is sent to Graph only', async () => {
  const { signal } = new AbortController();
  await fc.assert(fc.asyncProperty(address, fc.array(answer, { minLength: 1, maxLength: 6 }), fc.boolean(), async (written, answers, redeem) => {
    const clock = steppedClock();
    const urls: string[] = [];
    const get = createGraph({
      graphUrl: 'https://graph.test', clock, pace: new RequestPace({ clock, onDelay: () => undefined }), userAgent: 'graph-watch/test', token: () => Promise.resolve('the-token'), debug: () => undefined,
      send: ({ url, headers }) => {
        expect(headers?.authorization).toBe('Bearer the-token');
        const { status, body: said } = answers[urls.length % answers.length]!;
        urls.push(url);
        return Promise.resolve({ status, headers: {}, body: JSON.stringify(said) });
      },
    });
    try {
      const { driveId, path } = await findPlace(parseAddress(written), { get, signal, redeem });
      expect(path === '' || path.startsWith('/')).toBe(true);
      // Either a drive that can be requested, or one that is refused before that.
      expect(() => { try { drivePath({ kind: 'drive', driveId }); } catch (error) { if (!(error instanceof WatchError)) throw error; } }).not.toThrow();
    } catch (error) {
      expect(error).toBeInstanceOf(WatchError);
      expect(['usage', 'refused', 'network']).toContain((error as WatchError).category);
      expect((error as WatchError).message).not.toBe('');
      if ((error as WatchError).category === 'usage' && urls.length === 0) expect((error as WatchError).hint).toBeDefined();
    }
    for (const url of urls) {
      expect(new URL(url).origin).toBe('https://graph.test');
      expect(new URL(url).pathname).toMatch(/^\/v1\.0\//);
    }
    expect(urls.length).toBeLessThan(100);
  }), { numRuns: 1_000 });
});
