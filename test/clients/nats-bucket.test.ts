import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { Kvm } from '@nats-io/kv';
import { Conflict, type Entry } from '../../src/cluster/bucket.ts';
import { openJetStreamBucket, type OpenBucket } from '../../src/cluster/jetstream-bucket.ts';
import { bucketName, keyWord, textOfWord } from '../../src/cluster/keys.ts';
import { fetchList, publishList } from '../../src/cluster/target-list.ts';
import { parseNatsAddress } from '../../src/net/nats-address.ts';
import { targets } from '../support/cluster-world.ts';
import { describeClient } from './support/client.ts';
import { isNatsInstalled, natsServer, type NatsServer } from './support/nats-server.ts';

describeClient('a bucket in nats-server', isNatsInstalled(), () => {
  let nats: NatsServer;
  const open: OpenBucket[] = [];
  const bucket = async (create = true): Promise<OpenBucket> => {
    const opened = await openJetStreamBucket({ address: parseNatsAddress(nats.url), credsFile: undefined, name: 'test', cluster: 'c', leaseMs: 15_000, create });
    open.push(opened);
    return opened;
  };
  const text = (entry: Entry | undefined): string | undefined => (entry?.value === undefined ? undefined : Buffer.from(entry.value).toString());

  beforeEach(async () => {
    nats = await natsServer();
    await nats.start();
  });
  afterEach(async () => {
    await Promise.all(open.splice(0).map((each) => each.close()));
    await nats.close();
  });

  it('accepts a write only with the latest revision', async () => {
    const b = await bucket();
    const first = await b.create('target.a', Buffer.from('1'));
    await expect(b.create('target.a', Buffer.from('x'))).rejects.toThrow(Conflict);
    const second = await b.update('target.a', Buffer.from('2'), first);
    await expect(b.update('target.a', Buffer.from('x'), first)).rejects.toThrow(Conflict);
    await expect(b.delete('target.a', first)).rejects.toThrow(Conflict);
    expect(await b.get('target.a')).toMatchObject({ key: 'target.a', revision: second });
    expect(text(await b.get('target.a'))).toBe('2');
    await b.delete('target.a', second);
    expect(await b.get('target.a')).toBeUndefined();
    await expect(b.update('target.a', Buffer.from('x'), second)).rejects.toThrow(Conflict);
    expect(await b.create('target.a', Buffer.from('3'))).toBeGreaterThan(second);
  });

  it('accepts any text as a key, and lists the keys below a prefix', async () => {
    const b = await bucket();
    const names = ['drive:b!x-_Y', 'list:contoso.sharepoint.com,1,2/Verträge 2026', 'me/*/>', '='];
    for (const name of names) await b.create(`target.${keyWord(name)}`, Buffer.from(name));
    const found: string[] = [];
    await b.each('target', ({ key }) => { found.push(textOfWord(key.slice('target.'.length))!); });
    expect(found.sort()).toEqual([...names].sort());
    await b.each('nothing', () => { throw new Error('there is nothing'); });
  });

  it('lists each key once and ends, even while keys are being written', async () => {
    const b = await bucket();
    const keys = ['member.a', 'member.b', 'member.c'];
    const over = new AbortController();
    const revisions = await Promise.all(keys.map((key) => b.create(key, Buffer.from('0'))));
    const writing = keys.map(async (key, index) => {
      const writer = await bucket(false);
      let revision = revisions[index]!;
      while (!over.signal.aborted) revision = await writer.update(key, Buffer.from('1'), revision);
    });
    const rounds: string[][] = [];
    try {
      for (let round = 0; round < 50; round += 1) {
        const found: string[] = [];
        await b.each('member', ({ key }) => { found.push(key); });
        rounds.push(found.sort());
      }
    } finally {
      over.abort();
      await Promise.allSettled(writing);
    }
    expect(rounds).toEqual(rounds.map(() => keys));
  });

  it('can be watched: first its content, then each change, even if the server restarts', async () => {
    const b = await bucket();
    const gone = await b.create('shared.gone', Buffer.from('g'));
    await b.delete('shared.gone', gone);
    await b.create('shared.a', Buffer.from('1'));
    await b.create('other.a', Buffer.from('no'));
    const seen: string[] = [];
    let arrived = (): void => undefined;
    const until = async (line: string): Promise<void> => {
      while (!seen.includes(line)) await new Promise<void>((resolve) => { arrived = resolve; });
    };
    const over = new AbortController();
    await b.watch('shared.>', over.signal, (entry) => {
      seen.push(`${entry.key} ${text(entry) ?? 'deleted'}`);
      arrived();
    });
    expect([...seen].sort()).toEqual(['shared.a 1', 'shared.gone deleted']);
    await b.create('shared.b', Buffer.from('2'));
    await until('shared.b 2');
    await nats.kill();
    await nats.start();
    const other = await bucket(false);
    await other.create('shared.c', Buffer.from('3'));
    await until('shared.c 3');
    expect(seen).toHaveLength(4);
    over.abort();
  });

  it('may keep older revisions, if the user has created it: only the newest of each key counts', async () => {
    await new Kvm((await nats.manager()).jetstream()).create(bucketName('c'), { history: 5 });
    const b = await bucket();
    let [kept, gone] = [await b.create('shared.kept', Buffer.from('1')), await b.create('shared.gone', Buffer.from('1'))];
    for (const value of ['2', '3']) [kept, gone] = [await b.update('shared.kept', Buffer.from(value), kept), await b.update('shared.gone', Buffer.from(value), gone)];
    await b.delete('shared.gone', gone);
    const found: Entry[] = [];
    await b.each('shared', (entry) => { found.push(entry); });
    expect(found).toMatchObject([{ key: 'shared.kept', revision: kept }]);
    expect(found.map(text)).toEqual(['3']);
    const over = new AbortController();
    const seen: string[] = [];
    await b.watch('shared.>', over.signal, (entry) => { seen.push(`${entry.key} ${text(entry) ?? 'deleted'}`); });
    expect(seen.sort()).toEqual(['shared.gone deleted', 'shared.kept 3']);
    over.abort();
  });

  it('can hold a list of 50,000 targets, with every message below the size limit', async () => {
    const b = await bucket();
    const list = targets(50_000).map(({ target }) => ({ target: `${target}${Buffer.from(target).toString('hex').padEnd(56, 'x')}` }));
    expect(await publishList(b, list, { by: 'm', force: false })).toBe('published');
    expect((await fetchList(b, (await b.get('shared.list'))!))!.targets).toHaveLength(50_000);
    expect(await publishList(b, [...list].reverse(), { by: 'm', force: false })).toBe('same');
    expect(await publishList(b, targets(3), { by: 'm', force: false })).toBe('published');
    expect(await publishList(b, list, { by: 'm', force: false })).toBe('older');
    const parts: string[] = [];
    await b.each('lines', ({ key }) => { parts.push(key); });
    expect(parts).toHaveLength(1);
  });

  it('is not created by a command that only reads it', async () => {
    await expect(bucket(false)).rejects.toThrow('There is no cluster "c".');
  });
});
