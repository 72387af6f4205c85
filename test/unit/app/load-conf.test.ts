import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { bundle, type Bundle } from '../auth/bundle.ts';

const onPosix = process.platform === 'win32' ? describe.skip : describe;

onPosix('a process that has loaded conf', () => {
  let child: Bundle;
  beforeAll(async () => {
    child = await bundle(`
      import { loadConf } from '../../../src/app/load-conf.ts';
      let signals = 0;
      process.on('SIGINT', () => { signals += 1; });
      const loading = loadConf();
      // A listener that is added while it loads is the program's own, too.
      process.on('SIGTERM', () => { process.stdout.write(String(signals)); process.exit(); });
      await loading;
      // A second SIGINT would come in the next turn of the event loop; SIGTERM comes after both.
      process.on('SIGINT', () => setImmediate(() => setImmediate(() => process.kill(process.pid, 'SIGTERM'))));
      process.stdout.write('ready');
      setInterval(() => {}, 1000);
    `);
  });
  afterAll(() => {
    child.remove();
  });

  it('sees one Ctrl-C as one', async () => {
    const running = spawn(process.execPath, [child.path], { stdio: ['ignore', 'pipe', 'inherit'] });
    running.stdout.setEncoding('utf8');
    expect(await once(running.stdout, 'data')).toEqual(['ready']);
    running.kill('SIGINT');
    expect(await once(running.stdout, 'data')).toEqual(['1']);
  });
});

onPosix('a process without a home directory', () => {
  let child: Bundle;
  beforeAll(async () => {
    child = await bundle(`
      import os from 'node:os';
      import { syncBuiltinESMExports } from 'node:module';
      import { loadConf } from '../../../src/app/load-conf.ts';
      // As Node does for a user without a passwd entry.
      os.homedir = () => {
        if (process.env.HOME === undefined) throw new Error('uv_os_homedir returned ENOENT');
        return process.env.HOME;
      };
      syncBuiltinESMExports();
      process.stdout.write(typeof (await loadConf()) + ' ' + process.env.HOME);
    `);
  });
  afterAll(() => {
    child.remove();
  });

  it('loads it anyway, and HOME stays unset afterwards', async () => {
    const running = spawn(process.execPath, [child.path], { env: { PATH: process.env.PATH }, stdio: ['ignore', 'pipe', 'ignore'] });
    expect(await text(running.stdout)).toBe('function undefined');
  });
});
