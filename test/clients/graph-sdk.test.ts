import { mkdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, it } from '@jest/globals';
import { runEmulator } from '../unit/emulator/support/running-emulator.ts';
import type { RunningEmulator } from '../unit/emulator/support/running-emulator.ts';
import { describeClient, driver, linesOf, runClient } from './support/client.ts';

let running: RunningEmulator;
afterEach(() => running.close());

// A dependency of the tests, so it is always there.
describeClient('@microsoft/microsoft-graph-client', true, () => {
  it('uploads a large file in a session, iterates over pages, sends a batch, and sees its own change in delta', async () => {
    running = await runEmulator();
    mkdirSync(join(running.folder, 'Uploads'));
    writeFileSync(join(running.folder, 'Uploads/a.txt'), 'a');
    await running.emulator.admin.rescan();
    const size = 2_000_000;
    const token = running.emulator.admin.issueToken({ scopes: ['Files.ReadWrite'] });
    const steps = linesOf(await runClient(process.execPath, [driver('graph-sdk.mjs'), running.emulator.graphUrl, token, String(size)], { NODE_EXTRA_CA_CERTS: running.emulator.caFile }));
    const of = (name: string): Record<string, unknown>[] => steps.filter((step) => name in step);
    expect(of('progress')).toEqual([{ progress: 0 }, { progress: 655360 }, { progress: 1310720 }, { progress: 1966080 }]);
    expect(of('uploaded')).toMatchObject([{ uploaded: 'large.bin', size }]);
    expect(statSync(join(running.folder, 'Uploads/large.bin')).size).toBe(size);
    expect(new Set(of('names')[0]?.names as string[])).toEqual(new Set(['root', 'Uploads', 'a.txt', 'large.bin']));
    expect(of('children')).toEqual([{ children: ['large.bin', 'a.txt'] }]);
    expect(of('batch')).toEqual([{ batch: [200, 'business', 404] }]);
    expect(of('downloaded')).toEqual([{ downloaded: size }]);
    expect(of('echo')).toEqual([{ echo: ['small.txt'] }]);
  });
});
