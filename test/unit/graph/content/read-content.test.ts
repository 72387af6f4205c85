import { Readable } from 'node:stream';
import { expect, it } from '@jest/globals';
import { readContent } from '../../../../src/graph/content/read-content.ts';
import { checkedLocation } from '../../../../src/graph/content/location.ts';

const GRAPH = new URL('https://graph.microsoft.com');

it('registers every secret part of a content URL before it uses the URL', async () => {
  const secrets: string[] = [];
  const asked: { url: string; known: number }[] = [];
  const locations = ['https://one.example/y4mPATH-secret?tempauth=v1.QUERY%2Dsecret', 'https://two.example/dl?t=second-secret'];
  const content = readContent({ path: '/me/drive/items/1', name: 'a', eTag: '"1"' }, {
    get: () => Promise.resolve({ status: 302, headers: { location: locations[0]! }, body: undefined }),
    signal: new AbortController().signal, pause: () => Promise.resolve(), graphUrl: GRAPH.href, userAgent: 'test', patiently: (work) => work(),
    onSecret: (secret) => { secrets.push(secret); }, onCut: () => undefined,
    download: (url) => {
      asked.push({ url: url.href, known: secrets.length });
      const first = asked.length === 1;
      return Promise.resolve({ status: first ? 302 : 200, headers: first ? { location: locations[1]! } : {}, body: Readable.from(first ? [] : [Buffer.from('content')]) });
    },
  });
  const pieces: Uint8Array[] = [];
  for await (const piece of content) pieces.push(piece);
  expect(Buffer.concat(pieces).toString()).toBe('content');
  expect(secrets).toEqual(expect.arrayContaining([...locations, '/y4mPATH-secret', 'tempauth=v1.QUERY%2Dsecret', 'v1.QUERY-secret', 'second-secret']));
  expect(asked.map(({ url }) => url)).toEqual(locations);
  expect(asked.every(({ known }) => known > 0)).toBe(true);
});

it.each([
  ['https://content.example/a?b=c', GRAPH, 'https://content.example/a?b=c'], ['/elsewhere', new URL('https://content.example/a'), 'https://content.example/elsewhere'],
  ['http://127.0.0.1:8443/a', new URL('http://127.0.0.1:8443'), 'http://127.0.0.1:8443/a'],
])('follows %s', (location, from, wanted) => {
  expect(checkedLocation(location, from).href).toBe(wanted);
});

it.each([
  [undefined, GRAPH], ['', GRAPH], ['http://content.example/', GRAPH], ['http://127.0.0.1/', GRAPH], ['http://content.example/', new URL('http://127.0.0.1:8443')],
  ['ftp://content.example/', GRAPH], ['https://ada@content.example/', GRAPH], [`https://content.example/${'a'.repeat(20_000)}`, GRAPH],
])('does not follow %s', (location, from) => {
  expect(() => checkedLocation(location, from)).toThrow(/Refused to follow|did not say/);
});
