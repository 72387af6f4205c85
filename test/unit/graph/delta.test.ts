import { describe, expect, it } from '@jest/globals';
import { WatchError } from '../../../src/errors.ts';
import type { DeltaStart } from '../../../src/delta.ts';
import { driveDelta } from '../../../src/graph/delta.ts';
import type { GraphAnswer, GraphGet } from '../../../src/graph/http.ts';
import type { Target } from '../../../src/graph/targets.ts';

const signal = new AbortController().signal;

function ask(answer: Partial<GraphAnswer> | Error, target: Target = { kind: 'me' }) {
  const asked: { path: string; headers: Readonly<Record<string, string>> | undefined }[] = [];
  const get: GraphGet = (path, _signal, options) => {
    asked.push({ path, headers: options?.headers });
    return answer instanceof Error ? Promise.reject(answer) : Promise.resolve({ status: 200, headers: {}, body: undefined, ...answer });
  };
  return { asked, delta: driveDelta(target, get, 'https://graph.microsoft.com') };
}
const D = 'https://graph.microsoft.com/v1.0/me/drive/root/delta?token=d';
const N = 'https://graph.microsoft.com/v1.0/me/drive/root/delta?token=n';
const page = (more: Record<string, unknown>): Partial<GraphAnswer> => ({ body: { value: [{ id: 'a' }], ...more }, headers: { date: 'Mon, 11 May 2026 20:00:00 GMT' } });

describe('a delta request', () => {
  const link = "https://graph.microsoft.com/v1.0/drives/x/root/delta(token='a%2Bb+c')";
  it.each<[string, Target, DeltaStart, string]>([
    ['the signed-in user', { kind: 'me' }, 'latest', '/me/drive/root/delta?token=latest'],
    ['a drive', { kind: 'drive', driveId: 'b!x' }, 'latest', '/drives/b!x/root/delta?token=latest'],
    ['a drive through its list', { kind: 'drive-list', driveId: 'b!x' }, 'latest', '/drives/b!x/root/delta?token=latest'],
    ['a group', { kind: 'group', groupId: 'g' }, 'latest', '/groups/g/drive/root/delta?token=latest'],
    ['a list through its drive', { kind: 'list', site: 's,1,2', list: 'Docs' }, 'latest', '/sites/s,1,2/lists/Docs/drive/root/delta?token=latest'],
    ['everything', { kind: 'me' }, 'beginning', '/me/drive/root/delta?$top=1000'],
    ['a time', { kind: 'me' }, { since: Date.UTC(2026, 4, 11, 20) }, '/me/drive/root/delta?token=2026-05-11T20%3A00%3A00.000Z'],
    ['a link, verbatim', { kind: 'me' }, { link }, link],
  ])('requests %s, without the parent folders', async (_what, target, start, path) => {
    const { asked, delta } = ask(page({ '@odata.deltaLink': D }), target);
    expect(await delta.page(start, signal)).toEqual({ items: [{ id: 'a' }], cursor: D, at: Date.UTC(2026, 4, 11, 20) });
    expect(asked).toEqual([{ path, headers: { deltaexcludeparent: 'true', prefer: 'deltaExcludeParent, Include-Feature=AddToOneDrive' } }]);
  });

  it('asks for sharing changes with all three preferences together, and only if they are wanted', async () => {
    const headers: unknown[] = [];
    const get: GraphGet = (_path, _signal, options) => {
      headers.push(options?.headers);
      return Promise.resolve({ status: 200, headers: {}, body: { value: [], '@odata.deltaLink': D } });
    };
    await driveDelta({ kind: 'me' }, get, 'https://graph.microsoft.com', { sharing: true }).page({ link: D }, signal);
    expect(headers).toEqual([{
      deltaexcludeparent: 'true',
      prefer: 'deltaExcludeParent, Include-Feature=AddToOneDrive, deltashowremovedasdeleted, deltatraversepermissiongaps, deltashowsharingchanges',
    }]);
  });

  it.each([['personal', true], ['business', false], ['documentLibrary', false], [undefined, false]])('says whether a drive of type %s is personal: %p', async (driveType, personal) => {
    const { asked, delta } = ask({ body: { driveType } });
    expect([await delta.isPersonal(signal), asked[0]?.path]).toEqual([personal, '/me/drive?$select=driveType']);
  });

  it('distinguishes a page with a next page from the last one', async () => {
    expect(await ask(page({ '@odata.nextLink': N })).delta.page('beginning', signal)).toMatchObject({ next: N });
  });

  it.each([
    [{ status: 410, body: { error: { code: 'resyncRequired' } }, headers: { location: 'https://l' } }, { gone: 'resyncRequired', location: 'https://l' }],
    [{ status: 410, body: { error: { code: 'gone', innererror: { code: 'resyncChangesApplyDifferences' } } } }, { gone: 'resyncChangesApplyDifferences', location: undefined }],
    [{ status: 410, body: undefined }, { gone: 'gone', location: undefined }],
  ])('returns 410 as an answer: %j', async (answer, gone) => {
    expect(await ask(answer).delta.page({ link }, signal)).toEqual(gone);
  });

  it.each([
    ['no JSON', { body: undefined }],
    ['no items', { body: { '@odata.deltaLink': D } }],
    ['no link', { body: { value: [] } }],
    ['a deltaLink to another host', { body: { value: [], '@odata.deltaLink': 'https://graph.example/v1.0/me/drive/root/delta?token=x' } }],
    ['a nextLink to another host', { body: { value: [], '@odata.nextLink': 'https://graph.microsoft.com.example/v1.0/me/drive/root/delta?token=x' } }],
    ['a link without TLS', { body: { value: [], '@odata.deltaLink': 'http://graph.microsoft.com/v1.0/me/drive/root/delta?token=x' } }],
    ['a link with a name in it', { body: { value: [], '@odata.deltaLink': 'https://me:x@graph.microsoft.com/v1.0/me/drive/root/delta?token=x' } }],
    ['a link that is a path', { body: { value: [], '@odata.nextLink': '/me/messages' } }],
  ])('rejects an answer with %s, so that it can be retried', async (_what, answer) => {
    await expect(ask(answer).delta.page({ link }, signal)).rejects.toMatchObject({ category: 'network', code: 'badDelta' });
  });

  it('returns 410 as an answer however deep its body is', async () => {
    let error: Record<string, unknown> = { code: 'deepest' };
    for (let depth = 0; depth < 200_000; depth += 1) error = { code: 'gone', innererror: error };
    expect(await ask({ status: 410, body: { error } }).delta.page({ link }, signal)).toEqual({ gone: 'gone', location: undefined });
  });

  it('requests smaller pages after one that took too long, and keeps that size', async () => {
    const paths: string[] = [];
    const delta = driveDelta({ kind: 'me' }, (path) => {
      paths.push(path);
      return path.includes('$top=250') ? Promise.resolve({ status: 200, headers: {}, ...page({ '@odata.nextLink': `${N}&%24top=250` }) } as GraphAnswer)
        : Promise.reject(new WatchError('network', 'Graph returned 504', { status: 504 }));
    }, 'https://graph.microsoft.com');
    for (let tries = 0; tries < 2; tries += 1) await expect(delta.page('beginning', signal)).rejects.toMatchObject({ status: 504, code: 'pageTooLarge' });
    await delta.page('beginning', signal);
    await expect(delta.page({ link: `${N}&%24top=1000` }, signal)).rejects.toMatchObject({ code: 'pageTooLarge' });
    await delta.page('beginning', signal);
    expect(paths.map((path) => /top=(\d+)/.exec(path)?.[1])).toEqual(['1000', '500', '250', '1000', '250']);
  });

  it('does not request smaller pages after any other failure', async () => {
    const { asked, delta } = ask(new WatchError('network', 'Graph returned 503', { status: 503 }));
    for (let tries = 0; tries < 2; tries += 1) await expect(delta.page('beginning', signal)).rejects.toMatchObject({ status: 503 });
    expect(new Set(asked.map(({ path }) => path))).toEqual(new Set(['/me/drive/root/delta?$top=1000']));
  });

  it('says which drives accept times if a time is refused', async () => {
    const refusal = new WatchError('refused', 'Graph returned 400 invalidRequest', { status: 400, requestId: 'r' });
    await expect(ask(refusal).delta.page({ since: 0 }, signal)).rejects.toMatchObject({ category: 'refused', requestId: 'r', hint: expect.stringContaining('--since') });
    await expect(ask(refusal).delta.page('latest', signal)).rejects.toBe(refusal);
  });
});

describe('an item', () => {
  it('is requested by id, with the fields that a path needs', async () => {
    const { asked, delta } = ask({ body: { id: 'x' } });
    expect(await delta.item('a/b', signal)).toEqual({ id: 'x' });
    expect(asked[0]!.path).toBe('/me/drive/items/a%2Fb?$select=id,name,parentReference,folder,root');
  });

  it.each([400, 403, 404, 410])('is undefined if Graph answers %i', async (status) => {
    expect(await ask({ status, body: {} }).delta.item('a', signal)).toBeUndefined();
  });
});

describe('a drive', () => {
  it('returns its id', async () => {
    const { asked, delta } = ask({ body: { id: 'b!x' } });
    expect([await delta.driveId(signal), asked[0]!.path]).toEqual(['b!x', '/me/drive?$select=id']);
    expect(await ask({ body: { id: '5c2a9b71d3e4f86' } }).delta.driveId(signal)).toBe('05C2A9B71D3E4F86');
    await expect(ask({ body: {} }).delta.driveId(signal)).rejects.toMatchObject({ code: 'badDelta' });
  });
});

describe('the link to the next page', () => {
  const CONTEXT = '"@odata.context":"https://graph.microsoft.com/v1.0/$metadata#Collection(driveItem)",';
  function early(body: string): string[] {
    const links: string[] = [];
    const get: GraphGet = (_path, _signal, options) => {
      expect(options?.onBody?.(body)).toBe(links.length > 0);
      return Promise.resolve({ status: 200, headers: {}, body: { value: [], '@odata.deltaLink': D } });
    };
    void driveDelta({ kind: 'me' }, get, 'https://graph.microsoft.com').page('beginning', signal, (link) => { links.push(link); });
    return links;
  }

  it.each([`{${CONTEXT}"@odata.nextLink":"${N}","value":[`, `{"@odata.nextLink":"${N}","value":[]}`, `{${CONTEXT}"@odata.count":"3","@odata.nextLink":"${N}"}`])(
    'is known before the items are read where it stands before them: %s', (body) => {
      expect(early(body)).toEqual([N]);
    },
  );

  it.each([
    ['behind the items', `{${CONTEXT}"value":[],"@odata.nextLink":"${N}"}`], ['in an item', `{"value":[{"@odata.nextLink":"${N}"}]}`],
    ['in a text', `{"@odata.context":"\\"@odata.nextLink\\":\\"${N}","value":[]}`], ['with escapes', `{"@odata.nextLink":"${N.replaceAll('/', '\\/')}","value":[]}`],
    ['to another host', '{"@odata.nextLink":"https://graph.microsoft.com.evil.example/v1.0/x","value":[]}'],
    ['with a user name', '{"@odata.nextLink":"https://me@graph.microsoft.com/v1.0/x","value":[]}'], ['to nowhere', '{"@odata.nextLink":"x","value":[]}'],
    ['of another kind', `{"@odata.deltaLink":"${D}","value":[]}`], ['in no JSON', `"@odata.nextLink":"${N}"`],
    ['very far behind', `{${'"@odata.a":"b",'.repeat(10_000)}"@odata.nextLink":"${N}"}`],
  ])('is not looked for %s', (_where, body) => {
    expect(early(body)).toEqual([]);
  });
});
