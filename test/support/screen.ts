import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bareEnv, BINARY } from './binary.ts';

/** Whether tmux is installed. */
export const hasTmux = process.platform !== 'win32' && spawnSync('tmux', ['-V']).status === 0;

/** A terminal of this width with a shell, drawn by tmux. */
export interface Screen {
  /** Types a line and Enter. */
  type(line: string): void;
  /** Presses a key, such as `C-c`. */
  press(key: string): void;
  /** What is on the screen, without empty lines. */
  lines(): string[];
  /** Resolves with the lines once they match. Checks whenever something is drawn. */
  until(wanted: RegExp): Promise<string[]>;
  /** Whether a line of the program took more than one line of the screen. */
  hasWrapped(): boolean;
  resize(columns: number): void;
  isCursorShown(): boolean;
  close(): void;
}

/** Opens a terminal in whose shell `graph-watch` is the binary. */
export function openScreen(columns: number, env: Record<string, string>): Screen {
  const place = mkdtempSync(join(tmpdir(), 'graph-watch-screen-'));
  const tmux = (...args: string[]): string => execFileSync('tmux', ['-S', join(place, 'socket'), '-f', '/dev/null', ...args], { encoding: 'utf8', env: bareEnv({ ...env, HOME: place, TERM: 'screen-256color', PS1: '$ ', HISTFILE: '', GRAPH_WATCH: `${process.execPath} ${BINARY}` }) });
  tmux('new-session', '-d', '-s', 'screen', '-x', String(columns), '-y', '24', 'bash', '--norc');
  tmux('set-option', '-g', 'status', 'off');
  execFileSync('mkfifo', [join(place, 'drawn')]);
  tmux('pipe-pane', '-t', 'screen', `exec cat > '${join(place, 'drawn')}'`);
  // Read by another process: opening a pipe without a writer would block a thread of this one.
  const drawn = spawn('cat', [join(place, 'drawn')], { stdio: ['ignore', 'pipe', 'ignore'] });
  const looks = new Set<() => void>();
  drawn.stdout.on('data', () => { for (const look of [...looks]) look(); });
  const lines = (): string[] => tmux('capture-pane', '-p', '-t', 'screen').split('\n').filter((line) => line !== '');
  const type = (line: string): void => { tmux('send-keys', '-t', 'screen', line, 'Enter'); };
  type('graph-watch() { $GRAPH_WATCH "$@"; }; clear');
  return {
    type, lines,
    press(key) {
      tmux('send-keys', '-t', 'screen', key);
    },
    until: (wanted) => new Promise((resolve) => {
      const look = (): void => {
        const shown = lines();
        if (!wanted.test(shown.join('\n'))) return;
        looks.delete(look);
        resolve(shown);
      };
      looks.add(look);
      look();
    }),
    hasWrapped() {
      // The status line changes, so only screens with the same content can be compared.
      while (true) {
        const before = lines().join('\n');
        // -J joins wrapped lines.
        const joined = tmux('capture-pane', '-p', '-J', '-t', 'screen').split('\n').map((line) => line.trimEnd()).filter((line) => line !== '').join('\n');
        if (lines().join('\n') === before) return joined !== before;
      }
    },
    resize(to) {
      tmux('resize-window', '-t', 'screen', '-x', String(to));
    },
    isCursorShown: () => tmux('display-message', '-p', '-t', 'screen', '#{cursor_flag}').trim() === '1',
    close() {
      looks.clear();
      drawn.kill();
      tmux('kill-server');
      rmSync(place, { recursive: true, force: true });
    },
  };
}
