import { once } from 'node:events';
import { createServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import type { LookupAddress, LookupAllOptions } from 'node:dns';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { createLookup, type Lookup } from '../../../src/net/lookup.ts';
import { createNetwork } from '../../../src/net/network.ts';

const ADDRESSES = [{ address: '192.0.2.1', family: 4 }, { address: '2001:db8::1', family: 6 }];
let asked: string[];
let probe: (signal: AbortSignal) => Promise<void>;
let slept: PromiseWithResolvers<void>;
let child: (signal: AbortSignal) => Promise<LookupAddress[]>;
let lookup: Lookup;
let time: number;
beforeEach(() => {
  asked = [];
  probe = () => Promise.resolve();
  child = () => Promise.resolve(ADDRESSES);
  slept = deferred();
  time = 0;
  lookup = createLookup({
    probe(host, signal) {
      asked.push(`probe ${host}`);
      return probe(signal);
    },
    lookup(host, { family }) {
      asked.push(`here ${host} ${family ?? 0}`);
      return host.includes('missing') ? Promise.reject(Object.assign(new Error('getaddrinfo ENOTFOUND'), { code: 'ENOTFOUND' })) : Promise.resolve(ADDRESSES);
    },
    lookupInChild(host, _options, signal) {
      asked.push(`child ${host}`);
      return child(signal);
    },
    sleep: () => slept.promise,
    now: () => time,
  });
});

interface PromiseWithResolvers<T> { promise: Promise<T>; resolve: (value: T) => void }
function deferred(): PromiseWithResolvers<void> {
  let resolve: () => void = () => undefined;
  const promise = new Promise<void>((settle) => { resolve = settle; });
  return { promise, resolve };
}
const silent = (): Promise<void> => new Promise(() => undefined);

const ask = (host: string, options: Partial<LookupAllOptions> = { all: true }): Promise<unknown> => new Promise((resolve, reject) => {
  lookup.lookup(host, options, (error, address, family) => {
    if (error !== null) reject(error);
    else resolve(family === undefined ? address : { address, family });
  });
});

describe('looking a name up', () => {
  it('uses the system\'s look-up once a name server has answered anything', async () => {
    expect(await ask('graph.test')).toEqual(ADDRESSES);
    expect(await ask('graph.test', { family: 4 })).toEqual(ADDRESSES[0]);
    expect(asked).toEqual(['probe graph.test', 'here graph.test 0', 'probe graph.test', 'here graph.test 4']);
    await expect(ask('missing.test')).rejects.toMatchObject({ code: 'ENOTFOUND' });
  });

  it('gives all who look up the same name within a few seconds the same addresses', async () => {
    expect(await Promise.all([ask('push.test'), ask('push.test'), ask('push.test', { all: true, family: 4 })])).toEqual([ADDRESSES, ADDRESSES, ADDRESSES]);
    time = 4_999;
    expect(await ask('push.test')).toEqual(ADDRESSES);
    expect(asked.filter((line) => line.startsWith('here'))).toEqual(['here push.test 0', 'here push.test 4']);
    time = 5_000;
    await ask('push.test');
    expect(asked.filter((line) => line.startsWith('here'))).toHaveLength(3);
  });

  it('looks a name up again after a failure', async () => {
    for (let attempt = 0; attempt < 2; attempt += 1) await expect(ask('missing.test')).rejects.toMatchObject({ code: 'ENOTFOUND' });
    expect(asked.filter((line) => line.startsWith('here'))).toHaveLength(2);
  });

  it('asks no name server about localhost', async () => {
    await ask('localhost');
    await ask('push.localhost');
    expect(asked).toEqual(['here localhost 0', 'here push.localhost 0']);
  });

  it('uses the system\'s look-up in a child process while the name servers are silent', async () => {
    probe = silent;
    const answer = ask('graph.test');
    expect(asked).toEqual(['probe graph.test']);
    slept.resolve();
    expect(await answer).toEqual(ADDRESSES);
    expect(asked).toEqual(['probe graph.test', 'child graph.test']);
  });

  it('ends at once when it is closed, whatever it waits for', async () => {
    const stopped: AbortSignal[] = [];
    probe = (signal) => {
      stopped.push(signal);
      return silent();
    };
    child = (signal) => new Promise((_resolve, reject) => { signal.addEventListener('abort', () => { reject(new Error('killed')); }); });
    const inChild = ask('a.test');
    slept.resolve();
    await new Promise((resolve) => { setImmediate(resolve); });
    expect(asked).toEqual(['probe a.test', 'child a.test']);
    lookup.close();
    await expect(inChild).rejects.toThrow('killed');
    expect(stopped.map(({ aborted }) => aborted)).toEqual([true]);
  });
});

it('resolves a name through the real network', async () => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const network = createNetwork({ env: {} });
  const { createSend } = await import('../../../src/net/send.ts');
  const asking = createSend(network)({ method: 'GET', url: `http://localhost:${(server.address() as AddressInfo).port}/` });
  const [socket] = await once(server, 'connection') as [Socket];
  socket.end('HTTP/1.1 204 No Content\r\n\r\n');
  expect((await asking).status).toBe(204);
  await network.close();
  server.close();
});
