import { expect, it } from '@jest/globals';
import { isLocal, parseServeAddress } from '../../../src/serve/address.ts';

it.each([
  ['8080', '127.0.0.1', 8080, true], ['0', '127.0.0.1', 0, true], ['localhost:1', 'localhost', 1, true], ['127.0.0.1:65535', '127.0.0.1', 65_535, true],
  ['[::1]:8080', '::1', 8080, true], ['0.0.0.0:8080', '0.0.0.0', 8080, false], ['[::]:8080', '::', 8080, false], ['watch.example.org:80', 'watch.example.org', 80, false],
  ['127.0.0.1.example.org:80', '127.0.0.1.example.org', 80, false],
])('%s is a valid address', (text, host, port, local) => {
  expect(parseServeAddress(text)).toEqual({ host, port });
  expect(isLocal(parseServeAddress(text))).toBe(local);
});

it.each(['', ':8080', '65536', '-1', '8080 ', 'localhost', 'localhost:', '::1:8080', 'http://localhost:80', 'user@host:80', '1.5', '/tmp/socket'])('"%s" is not a valid address', (text) => {
  expect(() => parseServeAddress(text)).toThrow('is not a valid address to serve at');
});
