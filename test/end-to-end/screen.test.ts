import { renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { emulatedDrive, type EmulatedDrive } from '../support/emulated-watch.ts';
import { hasTmux, openScreen, type Screen } from '../support/screen.ts';

let drive: EmulatedDrive;
let screen: Screen | undefined;
beforeAll(async () => {
  drive = await emulatedDrive();
});
afterEach(() => {
  screen?.close();
  screen = undefined;
});
afterAll(() => drive.close());

/** A connected watch on a screen of this width; times are replaced by `TIME`. */
async function watching(columns: number, options = '--changes'): Promise<Screen & { shown: () => string[] }> {
  const opened = openScreen(columns, drive.env);
  screen = opened;
  opened.type(`clear; graph-watch watch me ${options}`);
  await opened.until(/Watching[^]*connected for/);
  return { ...opened, shown: () => opened.lines().map((line) => line.replace(/^\d\d:\d\d:\d\d/, 'TIME')) };
}

const FOLDER = '/Projects/2026/Quarterly reports/Finance';

(hasTmux ? describe : describe.skip)('on a screen (needs tmux)', () => {
  it.each<[number, string, (string | RegExp)[]]>([
    [200, 'a', [
      'TIME  ready     Watching Ada Lovelace\'s OneDrive; waiting for changes (Ctrl-C to stop)',
      `TIME  created   Ada Lovelace                6 B  ${FOLDER}/Q3-final-numbers-a.xlsx`,
      `TIME  renamed   Ada Lovelace                6 B  ${FOLDER}/Q3-final-numbers-a.xlsx → Q3-a.xlsx`,
      'TIME  created   Ada Lovelace                     7 files in /photos-a/',
      `TIME  deleted   Ada Lovelace                6 B  ${FOLDER}/Q3-a.xlsx`,
    ]],
    [80, 'b', [
      'TIME  ready     Watching Ada Lovelace\'s OneDrive; waiting for changes',
      'TIME  created   Ada Lovelace    /Projects/2026/Qua…/Q3-final-numbers-b.xlsx',
      'TIME  renamed   Ada Lovelace    /Proje…/Q3-final-numbers-b.xlsx → Q3-b.xlsx',
      'TIME  created   Ada Lovelace    7 files in /photos-b/',
      'TIME  deleted   Ada Lovelace    /Projects/2026/Quarterly reports…/Q3-b.xlsx',
    ]],
    [40, 'c', [
      'TIME  ready     Watching Ada Lovel…',
      'TIME  created   Q3-final-…rs-c.xlsx',
      'TIME  renamed   Q3-…lsx → Q3-c.xlsx',
      'TIME  created   7 files in pho…s-c/',
      'TIME  deleted   /Project…/Q3-c.xlsx',
    ]],
  ])('with %d columns every line keeps its columns, and none wraps', async (columns, name, expected) => {
    const folder = FOLDER.slice(1);
    drive.write(`${folder}/before-${name}.txt`, 'x');
    drive.write(`photos-${name}/before.txt`, 'x');
    const s = await watching(columns);
    const path = (file: string): string => join(drive.running.folder, folder, file);
    drive.write(`${folder}/Q3-final-numbers-${name}.xlsx`, 'hello\n');
    await s.until(/created .*xlsx/);
    renameSync(path(`Q3-final-numbers-${name}.xlsx`), path(`Q3-${name}.xlsx`));
    await s.until(/renamed/);
    for (let count = 0; count < 7; count += 1) drive.write(`photos-${name}/${count}.jpg`, 'x');
    await s.until(/7 files/);
    rmSync(path(`Q3-${name}.xlsx`));
    await s.until(/deleted/);
    expect(s.shown().filter((line) => line.startsWith('TIME'))).toEqual(expect.arrayContaining(expected));
    expect(s.hasWrapped()).toBe(false);
    s.press('C-c');
    await s.until(/\d+ events in/);
    expect(s.isCursorShown()).toBe(true);
    expect(s.hasWrapped()).toBe(false);
  });

  it('the status line leaves nothing behind when the window becomes narrower', async () => {
    const s = await watching(100);
    for (const columns of [40, 25, 100]) {
      s.resize(columns);
      // Looked at in one piece: tmux clears the screen for a moment. What is left behind would stay there.
      const line = columns === 100 ? '.*renews in.*' : `.{${columns - 2}}…`;
      const shown = await s.until(new RegExp(`^(?:(?!connected for)[^])*(?:^|\\n)(?=${line}$).*connected for.*$`));
      expect(shown.at(-1)).toContain('connected for');
    }
  });

  it('the cursor is restored with Ctrl-Z, and the status line is drawn again after fg', async () => {
    const s = await watching(80);
    expect(s.isCursorShown()).toBe(false);
    s.press('C-z');
    const stopped = await s.until(/Stopped/);
    expect(s.isCursorShown()).toBe(true);
    expect(stopped.filter((line) => line.includes('connected for'))).toEqual([]);
    s.type('clear; fg');
    await s.until(/connected for/);
    expect(s.isCursorShown()).toBe(false);
    s.press('C-c');
    await s.until(/stopped \(Ctrl-C\)/);
    await s.until(/\n\$/);
    expect(s.isCursorShown()).toBe(true);
  });

  it.each<[string, (s: Screen) => Promise<void>]>([
    ['Ctrl-\\', async (s) => { s.press('C-\\'); await s.until(/Quit/); }],
    ['SIGTERM', async (s) => {
      const pid = Number(/^pid (\d+)/.exec(s.lines().join('\n'))?.[1]);
      process.kill(pid, 'SIGTERM');
      await s.until(/stopped \(SIGTERM\)/);
    }],
    ['two Ctrl-C', (s) => { s.press('C-c'); s.press('C-c'); return Promise.resolve(); }],
  ])('the cursor is restored after %s', async (_how, end) => {
    const opened = openScreen(80, drive.env);
    screen = opened;
    opened.type('clear; (echo pid $BASHPID; exec $GRAPH_WATCH watch me --changes)');
    await opened.until(/connected for/);
    expect(opened.isCursorShown()).toBe(false);
    await end(opened);
    await opened.until(/^\$$/m);
    expect(opened.isCursorShown()).toBe(true);
  });

  it('no status line is drawn if stdout is a pipe whose reader prints to the screen', async () => {
    const opened = openScreen(200, drive.env);
    screen = opened;
    opened.type('clear; graph-watch watch me --changes -n 1 | cat');
    await opened.until(/Watching me/);
    drive.write('piped.txt', 'x');
    const lines = await opened.until(/no reconnects/);
    expect(lines.filter((line) => /connected for|connecting/.test(line))).toEqual([]);
    expect(lines.some((line) => line.startsWith('{"type":"change"'))).toBe(true);
  });
});
