import { describe, expect, it } from '@jest/globals';
import { parseNatsAddress } from '../../../src/net/nats-address.ts';

const plain = { tls: false, user: undefined, password: undefined, token: undefined };

describe('the address of NATS', () => {
  it.each([
    ['localhost', { ...plain, servers: ['localhost:4222'] }],
    ['nats://localhost:4223', { ...plain, servers: ['localhost:4223'] }],
    ['nats://a.example.com, nats://b.example.com:1', { ...plain, servers: ['a.example.com:4222', 'b.example.com:1'] }],
    ['tls://[::1]:4443', { ...plain, tls: true, servers: ['[::1]:4443'] }],
    ['nats://ada:s%40cret@localhost', { ...plain, servers: ['localhost:4222'], user: 'ada', password: 's@cret' }],
    ['nats://t0ken@localhost,nats://other', { ...plain, servers: ['localhost:4222', 'other:4222'], token: 't0ken' }],
    ['nats://50%25:a%zz@localhost', { ...plain, servers: ['localhost:4222'], user: '50%', password: 'a%zz' }],
  ])('%s', (text, address) => {
    expect(parseNatsAddress(text)).toEqual(address);
  });

  it.each(['', ',', 'nats://', 'https://example.com', 'ws://example.com', 'nats://a/b', 'nats://a?x=1', 'a,tls://b', 'nats://a:pass@b,nats://c:pass@d', 'nats://a b'])('%j is refused', (text) => {
    expect(() => parseNatsAddress(text)).toThrow(expect.objectContaining({ category: 'usage' }));
  });

  it.each(['nats://ada:hunter2@a/b', 'http://ada:hunter2@a', 'nats://ada:hunter2@a,nats://eve:hunter2@b'])('%s is refused without repeating the password', (text) => {
    expect(() => parseNatsAddress(text)).toThrow(expect.objectContaining({ message: expect.not.stringContaining('hunter2'), hint: expect.not.stringContaining('hunter2') }));
  });
});
