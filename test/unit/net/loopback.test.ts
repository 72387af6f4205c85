import { expect, it } from '@jest/globals';
import { isLoopback } from '../../../src/net/loopback.ts';

const hostname = (url: string): string => new URL(url).hostname;

it.each(['http://localhost:1', 'http://LOCALHOST', 'http://a.b.localhost', 'http://127.0.0.1', 'http://127.1', 'http://127.255.255.255', 'http://[::1]:1', 'http://[0:0:0:0:0:0:0:1]'])(
  'loopback includes %s', (url) => {
    expect(isLoopback(hostname(url))).toBe(true);
  },
);

it.each(['http://example.com', 'http://localhost.example.com', 'http://notlocalhost', 'http://128.0.0.1', 'http://127.0.0.1.example.com', 'http://[::2]', 'http://0.0.0.0', 'http://10.0.0.1'])(
  'loopback does not include %s', (url) => {
    expect(isLoopback(hostname(url))).toBe(false);
  },
);
