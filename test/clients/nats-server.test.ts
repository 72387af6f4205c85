import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { RetentionPolicy, StorageType } from '@nats-io/jetstream';
import { startBinary } from '../support/binary.ts';
import { certificateFor } from '../support/certificate.ts';
import { emulatedDrive, type EmulatedDrive } from '../support/emulated-watch.ts';
import { describeClient } from './support/client.ts';
import { isNatsInstalled, natsServer, type NatsServer } from './support/nats-server.ts';

describeClient('nats-server', isNatsInstalled(), () => {
  let drive: EmulatedDrive;
  let nats: NatsServer;

  beforeEach(async () => {
    drive = await emulatedDrive();
    nats = await natsServer();
  });
  afterEach(async () => {
    await drive.close();
    await nats.close();
  });

  const paths = (messages: readonly { string(): string }[]): (string | undefined)[] =>
    messages.map((message) => (JSON.parse(message.string()) as { item?: { path?: string } }).item?.path);

  it('gets each change as a CloudEvent in binary mode, in a stream that is created for it', async () => {
    await nats.start();
    const watch = await drive.watch(['--changes', '--nats', nats.url, '-n', '2', '--json']);
    drive.write('Verträge/one.txt', 'one');
    expect(await watch.done).toBe(0);
    const messages = await nats.messages();
    expect(paths(messages)).toEqual(['/Verträge', '/Verträge/one.txt']);
    expect(messages.map(({ subject }) => subject)).toEqual(['graph-watch.change.me', 'graph-watch.change.me']);
    expect(messages.map((message) => JSON.parse(message.string()) as unknown)).toEqual(watch.records);
    const header = (name: string): string | undefined => messages[1]?.header.get(name);
    expect(header('ce-specversion')).toBe('1.0');
    expect(header('ce-type')).toBe('dev.graph-watch.change.created');
    expect(header('ce-subject')).toBe('/Vertr%C3%A4ge/one.txt');
    expect(header('ce-datacontenttype')).toBe('application/json');
    expect(header('ce-id')).toMatch(/^[0-9a-f]{32}$/);
    expect(header('Nats-Msg-Id')).toBe(header('ce-id'));
    const { config } = await (await nats.manager()).streams.info('graph-watch');
    expect(config).toMatchObject({ subjects: ['graph-watch.>'], max_bytes: 1024 ** 3, max_age: 7 * 24 * 3600 * 1e9, duplicate_window: 3600 * 1e9, storage: 'file' });
  });

  it('leaves an existing stream unchanged', async () => {
    await nats.start();
    const manager = await nats.manager();
    await manager.streams.add({ name: 'mine', subjects: ['corp.drives.>'], storage: StorageType.Memory, retention: RetentionPolicy.Limits });
    const watch = await drive.watch(['--changes', '--nats', nats.url, '--nats-prefix', 'corp.drives', '-n', '1']);
    drive.write('one.txt', 'one');
    expect(await watch.done).toBe(0);
    expect(paths(await nats.messages('mine'))).toEqual(['/one.txt']);
    expect((await manager.streams.info('mine')).config).toMatchObject({ storage: 'memory', max_bytes: -1 });
    await expect(manager.streams.info('corp_drives')).rejects.toThrow('not found');
  });

  it('gets a new stream if the existing one was deleted', async () => {
    await nats.start();
    const watch = await drive.watch(['--changes', '--nats', nats.url, '-n', '2']);
    drive.write('one.txt', 'one');
    await nats.until(1);
    await (await nats.manager()).streams.delete('graph-watch');
    drive.write('two.txt', 'two');
    expect(await watch.done).toBe(0);
    expect(paths(await nats.messages())).toEqual(['/two.txt']);
  });

  it('stores a change once, however often it is reported', async () => {
    await nats.start();
    const first = await drive.watch(['--changes', '--nats', nats.url, '-n', '1']);
    drive.write('one.txt', 'one');
    expect(await first.done).toBe(0);
    for (let again = 0; again < 2; again += 1) {
      const since = await drive.watch(['--since', '1h', '--nats', nats.url, '-n', '1']);
      expect(await since.done).toBe(0);
      expect(since.stdout.text).toContain('/one.txt');
    }
    expect(paths(await nats.messages())).toEqual(['/one.txt']);
  });

  it('stores each event of a recording once, however often it is replayed, and even if the watch has published it', async () => {
    await nats.start();
    const recording = join(drive.place, 'events.ndjson');
    const live = await drive.watch(['--changes', '--nats', nats.url, '--record', recording, '-n', '2', '--json']);
    drive.write('Verträge/one.txt', 'one');
    expect(await live.done).toBe(0);
    const before = (await nats.messages()).map((message) => [message.header.get('ce-id'), message.string()]);
    expect(before).toHaveLength(2);
    for (let again = 0; again < 2; again += 1) {
      const { code, stdout } = await startBinary(['replay', recording, '--nats', nats.url, '--json'], { env: drive.env }).done;
      expect([code, stdout]).toEqual([0, live.stdout.text]);
    }
    expect((await nats.messages()).map((message) => [message.header.get('ce-id'), message.string()])).toEqual(before);
    const elsewhere = ['replay', recording, '--nats', nats.url, '--nats-prefix', 'again'];
    for (let again = 0; again < 2; again += 1) expect((await startBinary(elsewhere, { env: drive.env }).done).code).toBe(0);
    expect(paths(await nats.messages('again'))).toEqual(['/Verträge', '/Verträge/one.txt']);
  });

  it('that is killed and restarted gets everything in order, and nothing twice', async () => {
    await nats.start();
    const watch = await drive.watch(['--changes', '--nats', nats.url]);
    drive.write('1.txt', '1');
    await nats.until(1);
    await nats.kill();
    for (const name of ['2.txt', '3.txt']) {
      drive.write(name, name);
      await watch.stdout.until(name);
    }
    await watch.stderr.until('couldn\'t publish to NATS');
    await nats.start();
    expect(paths(await nats.until(3))).toEqual(['/1.txt', '/2.txt', '/3.txt']);
    await watch.stderr.until('NATS is reachable again');
    watch.raise('SIGINT');
    expect(await watch.done).toBe(130);
  });

  it('that is unreachable holds the position back: the next run publishes what this one could not', async () => {
    const first = await drive.watch(['--resume', '--nats', nats.url]);
    drive.write('one.txt', 'one');
    await first.stdout.until('one.txt');
    await first.stderr.until('couldn\'t publish to NATS');
    first.raise('SIGINT');
    expect(await first.done).toBe(130);
    expect(first.stderr.text).toContain('1 event was not processed');
    await nats.start();
    const second = await drive.watch(['--resume', '--nats', nats.url, '-n', '1']);
    expect(await second.done).toBe(0);
    expect(paths(await nats.messages())).toEqual(['/one.txt']);
  });

  it('in NATS_URL is used, and a command does not see the variable', async () => {
    await nats.start();
    const env = { ...drive.env, NATS_URL: nats.url, NATS_CREDS: '' };
    const watch = startBinary(['watch', 'me', '--changes', '-n', '1', '--lifecycle', '--', 'sh', '-c', 'env'], { env });
    await watch.until('stdout', '"ready"');
    drive.write('one.txt', 'one');
    const { code, stderr } = await watch.done;
    expect(code).toBe(0);
    expect(stderr).toContain('GRAPH_WATCH_EVENT_PATH=/one.txt');
    expect(stderr).not.toContain('NATS_');
    // With --lifecycle, the stream also has lifecycle records.
    expect((await nats.messages()).map(({ subject }) => subject)).toEqual(['graph-watch.ready.me', 'graph-watch.change.me', 'graph-watch.end.me']);
  });

  it('that does not accept a message of this size loses only that message, which is reported', async () => {
    await nats.close();
    const config = join(drive.place, 'nats.conf');
    writeFileSync(config, 'max_payload: 2048\n');
    nats = await natsServer(['-js', '-c', config]);
    await nats.start();
    const watch = await drive.watch(['--changes', '--nats', nats.url, '--json']);
    drive.write(`${'folder-with-a-long-name/'.repeat(40)}x.txt`, 'x');
    await watch.stderr.until('was not published to graph-watch.change.me');
    drive.write('short.txt', 'x');
    await watch.stdout.until('short.txt');
    watch.raise('SIGINT');
    expect(await watch.done).toBe(130);
    expect(paths(await nats.messages())).toContain('/short.txt');
  });

  it('whose stream does not accept a message of this size loses only that message, which is reported', async () => {
    await nats.start();
    await (await nats.manager()).streams.add({ name: 'small', subjects: ['graph-watch.>'], max_msg_size: 2_048 });
    const watch = await drive.watch(['--changes', '--nats', nats.url, '--json']);
    drive.write(`${'folder-with-a-long-name/'.repeat(40)}x.txt`, 'x');
    await watch.stderr.until('was not published to graph-watch.change.me: it is larger than the stream accepts (max_msg_size).');
    drive.write('short.txt', 'x');
    await watch.stdout.until('short.txt');
    watch.raise('SIGINT');
    expect(await watch.done).toBe(130);
    expect(paths(await nats.messages('small'))).toContain('/short.txt');
  });

  it('is reached over TLS if its certificate is trusted', async () => {
    await nats.close();
    const { key, cert, caFile } = await certificateFor(['localhost'], drive.place);
    const [keyFile, certFile] = [join(drive.place, 'key.pem'), join(drive.place, 'cert.pem')];
    writeFileSync(keyFile, key);
    writeFileSync(certFile, cert);
    nats = await natsServer(['-js', '--tls', '--tlscert', certFile, '--tlskey', keyFile]);
    await nats.start();
    const args = ['watch', 'me', '--changes', '-n', '1', '--lifecycle', '--nats', nats.url.replace('nats:', 'tls:')];
    const untrusting = startBinary(args, { env: drive.env });
    await untrusting.until('stderr', 'couldn\'t publish to NATS');
    untrusting.process.kill('SIGINT');
    expect(await untrusting.done).toMatchObject({ code: 130 });
    const watch = startBinary(args, { env: { ...drive.env, NODE_EXTRA_CA_CERTS: caFile } });
    await watch.until('stdout', '"ready"');
    drive.write('one.txt', 'one');
    expect(await watch.done).toMatchObject({ code: 0, stderr: expect.not.stringContaining('NATS') });
  });

  it.each<[string, string[], string, string]>([
    ['has no JetStream', [], '', 'JetStream is not enabled'],
    ['refuses the password', ['-js', '--user', 'ada', '--pass', 'right'], 'ada:wrong-and-secret@', 'NATS refused the credentials'],
  ])('that %s ends the watch with 5 and the reason', async (_what, flags, credentials, reason) => {
    await nats.close();
    nats = await natsServer(flags);
    await nats.start();
    const watch = startBinary(['watch', 'me', '--changes', '--debug', '--nats', nats.url.replace('//', `//${credentials}`)], { env: drive.env });
    const { code, stdout, stderr } = await watch.done;
    expect({ code, stderr }).toMatchObject({ code: 5, stderr: expect.stringContaining(reason) });
    expect(stdout + stderr).not.toContain('wrong-and-secret');
  });
});
