import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream, readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';

/** Runs the real binary. Calls `onLine` for each line of its stdout, and writes its stderr to a file. */
export class Watcher {
  #child;
  #stopped = false;
  exit;

  constructor({ binary, env, stderrFile, onLine, onStderr }) {
    this.#child = spawn(process.execPath, [binary, 'watch', 'me', '--lifecycle', '--json', '--debug'], {
      env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.exit = once(this.#child, 'exit').then(([code, signal]) => ({ code, signal }));
    const log = createWriteStream(stderrFile);
    createInterface({ input: this.#child.stderr }).on('line', (line) => {
      log.write(`${line}\n`);
      onStderr(line);
    });
    createInterface({ input: this.#child.stdout }).on('line', onLine);
  }

  /** Resident memory in MB, as the kernel reports it; with `VmHWM`, the highest so far. */
  memory(field = 'VmRSS') {
    const status = readFileSync(`/proc/${this.#child.pid}/status`, 'utf8');
    return Math.round(Number(new RegExp(`${field}:\\s+(\\d+) kB`).exec(status)?.[1] ?? 0) / 1024);
  }

  get over() {
    return this.#child.exitCode !== null || this.#child.signalCode !== null;
  }

  freeze() {
    this.#child.kill('SIGSTOP');
    this.#stopped = true;
  }

  thaw() {
    if (this.#stopped) this.#child.kill('SIGCONT');
    this.#stopped = false;
  }

  /** Stops reading its stdout, as a slow program behind a pipe does. */
  stallReader() {
    this.#child.stdout.pause();
  }

  readOn() {
    this.#child.stdout.resume();
  }

  terminate() {
    this.thaw();
    this.#child.kill('SIGTERM');
  }
}
