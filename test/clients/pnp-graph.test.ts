import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, it } from '@jest/globals';
import { runEmulator } from '../unit/emulator/support/running-emulator.ts';
import type { RunningEmulator } from '../unit/emulator/support/running-emulator.ts';
import { CLIENTS, describeClient, driver, isInNpm, linesOf, runClient } from './support/client.ts';

let running: RunningEmulator;
afterEach(() => running.close());

describeClient('@pnp/graph', isInNpm('node_modules/@pnp/graph/package.json'), () => {
  it('finds drives and sites, reads, writes, uploads in pieces, moves, searches, pages, and sends a batch', async () => {
    running = await runEmulator();
    mkdirSync(join(running.folder, 'Reports'));
    writeFileSync(join(running.folder, 'a.txt'), 'hello\n');
    writeFileSync(join(running.folder, 'Reports/b.txt'), 'nested\n');
    await running.emulator.admin.rescan();
    const token = running.emulator.admin.issueToken({ scopes: ['Files.ReadWrite.All', 'Sites.Read.All', 'User.Read', 'Team.ReadBasic.All'] });
    const args = [driver('pnp-graph.mjs'), CLIENTS, running.emulator.graphUrl, token];
    expect(linesOf(await runClient(process.execPath, args, { NODE_EXTRA_CA_CERTS: running.emulator.caFile }))).toEqual([
      { me: 'ada@example.com' },
      { drives: ['OneDrive'] },
      { children: ['a.txt', 'Reports'] },
      { selected: [{ id: expect.any(String), name: 'Reports', size: 7 }, { id: expect.any(String), name: 'a.txt', size: 6 }] },
      { filtered: ['a.txt'] },
      { byPath: 'b.txt' },
      { uploaded: 'c.txt' },
      { content: 'see' },
      { made: 'Made' },
      { expected: ['327680-'] },
      { resumed: 655360 },
      { moved: 'moved.txt' },
      { found: ['moved.txt'] },
      { paged: ['a.txt', 'Made', 'Reports'] },
      { delta: expect.arrayContaining(['root', 'Reports', 'a.txt', 'b.txt', 'Made', 'd.bin', 'moved.txt']) },
      { deleted: ['d.bin'] },
      { site: 'Engineering', libraries: ['Documents', 'Specifications'], lists: ['Documents', 'Specifications', 'Tasks'] },
      { groups: ['Engineering'], teams: ['Engineering'] },
      { batch: ['Ada Lovelace', 'business'] },
    ]);
  });
});
