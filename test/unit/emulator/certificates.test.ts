import { X509Certificate } from 'node:crypto';
import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { certificatesFrom } from '../../../src/emulator/certificates.ts';

let place: string;
let stateFolder: string;
beforeEach(async () => {
  place = await mkdtemp(join(tmpdir(), 'emulator-ca-'));
  stateFolder = join(place, 'state');
});
afterEach(() => rm(place, { recursive: true, force: true }));

const mode = async (path: string): Promise<string> => ((await stat(path)).mode & 0o777).toString(8);

describe('the emulator\'s certificates', () => {
  it('are for localhost, 127.0.0.1 and ::1, from an authority of their own', async () => {
    const { ca, cert } = await certificatesFrom(stateFolder);
    const [authority, leaf] = [new X509Certificate(ca), new X509Certificate(cert)];
    expect(leaf.verify(authority.publicKey)).toBe(true);
    expect(leaf.checkIssued(authority)).toBe(true);
    expect([authority.ca, leaf.ca]).toEqual([true, false]);
    expect(leaf.checkHost('localhost')).toBe('localhost');
    expect([leaf.checkIP('127.0.0.1'), leaf.checkIP('::1')]).toEqual(['127.0.0.1', '::1']);
    expect(leaf.checkHost('example.com')).toBeUndefined();
    expect(leaf.publicKey.asymmetricKeyDetails).toEqual({ namedCurve: 'prime256v1' });
  });

  it('keep the authority for the next run, but get a new leaf', async () => {
    const first = await certificatesFrom(stateFolder);
    const second = await certificatesFrom(stateFolder);
    expect(second.ca).toBe(first.ca);
    expect(second.caFile).toBe(first.caFile);
    expect(second.cert).not.toBe(first.cert);
  });

  it('are readable only by their owner', async () => {
    const { caFile } = await certificatesFrom(stateFolder);
    expect(await mode(stateFolder)).toBe('700');
    expect(await mode(join(stateFolder, 'ca'))).toBe('700');
    expect(await mode(caFile)).toBe('600');
    expect(await mode(join(stateFolder, 'ca', 'ca-key.pem'))).toBe('600');
  });

  it.each(['ca.pem', 'ca-key.pem'])('are replaced if %s is damaged', async (file) => {
    const first = await certificatesFrom(stateFolder);
    await writeFile(join(stateFolder, 'ca', file), 'garbage');
    const second = await certificatesFrom(stateFolder);
    expect(second.ca).not.toBe(first.ca);
    expect(new X509Certificate(second.cert).verify(new X509Certificate(second.ca).publicKey)).toBe(true);
    expect((await certificatesFrom(stateFolder)).ca).toBe(second.ca);
  });

  it('come from one authority even if several emulators start at once', async () => {
    const all = await Promise.all(Array.from({ length: 6 }, () => certificatesFrom(stateFolder)));
    expect(new Set(all.map(({ ca }) => ca)).size).toBe(1);
    for (const { ca, cert } of all) expect(new X509Certificate(cert).verify(new X509Certificate(ca).publicKey)).toBe(true);
  });
});
