import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import type { Readable } from 'node:stream';
import { writeFile } from 'node:fs/promises';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { BINARY, bareEnv } from '../support/binary.ts';
import { manyScene, type ManyScene } from '../support/watching-many.ts';

let scene: ManyScene;
let terminal: ChildProcess | undefined;
beforeEach(async () => {
  scene = await manyScene();
});
afterEach(async () => {
  terminal?.kill('SIGKILL');
  await scene.close();
});

/** Collects a stream's text. */
function hearing(stream: Readable) {
  let heard = '';
  const ended = new Promise<string>((resolve) => { stream.once('end', () => { resolve(heard); }); });
  const looks = new Set<() => void>();
  stream.setEncoding('utf8').on('data', (text: string) => {
    heard += text;
    for (const look of looks) look();
  });
  return {
    ended,
    until: (wanted: RegExp): Promise<RegExpExecArray> => new Promise((resolve) => {
      const look = (): void => {
        const found = wanted.exec(heard);
        if (found === null) return;
        looks.delete(look);
        resolve(found);
      };
      looks.add(look);
      look();
    }),
  };
}

/** util-linux's script(1) makes a terminal, and closes it when it is killed. */
const hasScript = process.platform === 'linux' && spawnSync('sh', ['-c', 'script --version'], { encoding: 'utf8' }).stdout.includes('util-linux');

(hasScript ? describe : describe.skip)('watch many on a terminal', () => {
  it('reads its file again on SIGHUP, and ends when the terminal is closed', async () => {
    await writeFile(scene.file, 'drive one\n');
    const line = `echo "pid $$"; exec '${process.execPath}' '${BINARY}' watch many '${scene.file}' --lifecycle >&3`;
    terminal = spawn('script', ['-qec', line, '/dev/null'], {
      env: bareEnv({ GRAPH_WATCH_TOKEN: 'opaque-token', GRAPH_WATCH_GRAPH_URL: scene.graph.url }), stdio: ['pipe', 'pipe', 'inherit', 'pipe'],
    });
    const screen = hearing(terminal.stdout!);
    const records = hearing(terminal.stdio[3] as Readable);
    const [, pid] = await screen.until(/pid (\d+)/);
    await records.until(/"type":"ready"/);
    process.kill(Number(pid), 'SIGHUP');
    await screen.until(/0 added, 0 removed, 1 unchanged/);
    terminal.kill('SIGKILL');
    // The watch holds the other end until it exits.
    expect((await records.ended).trimEnd().split('\n').map((text) => JSON.parse(text) as unknown).at(-1)).toMatchObject({ type: 'end', reason: 'stopped (terminal closed)' });
  });
});
