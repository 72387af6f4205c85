import { expect, it } from '@jest/globals';
import { toMessage } from '../../../src/publish/message.ts';

const place = { prefix: 'graph-watch', type: 'change', target: 'me' };

it('a message has each attribute in a header, its id as message id, and the data as body', () => {
  const attributes = { specversion: '1.0', id: 'a1', type: 'dev.graph-watch.change.created', subject: '/Reports/Q3.xlsx' };
  expect(toMessage({ attributes, data: '{"type":"change"}' }, place)).toEqual({
    subject: 'graph-watch.change.me',
    id: 'a1',
    headers: { 'ce-specversion': '1.0', 'ce-id': 'a1', 'ce-type': 'dev.graph-watch.change.created', 'ce-subject': '/Reports/Q3.xlsx' },
    body: '{"type":"change"}',
  });
});

it.each([
  ['/Q3 "final".xlsx', '/Q3%20%22final%22.xlsx'],
  ['/100%', '/100%25'],
  ['/Verträge/€', '/Vertr%C3%A4ge/%E2%82%AC'],
  ['/a\r\nNats-Rollup: all', '/a%0D%0ANats-Rollup:%20all'],
  ['/\uD800', '/%EF%BF%BD'],
])('encodes %j as CloudEvents\' HTTP binding does, so that no name can add a header', (subject, encoded) => {
  expect(toMessage({ attributes: { id: 'a', subject }, data: '' }, place).headers['ce-subject']).toBe(encoded);
});
