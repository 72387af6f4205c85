import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';

/** Runs `node` with these arguments to its end; resolves with the wall time in milliseconds. */
export async function wallTime(args, env) {
  const started = performance.now();
  const child = spawn(process.execPath, args, { env, stdio: 'ignore' });
  const [code] = await once(child, 'exit');
  const taken = performance.now() - started;
  if (code !== 0) throw new Error(`node ${args.join(' ')} ended with ${code}`);
  return taken;
}

/** A program whose stdout is a pipe; its lines are read, or just counted. */
export class Program {
  #child;
  #startedAt = performance.now();
  #onChunk = () => undefined;
  #exited;
  #errors = '';

  constructor(args, env) {
    this.#child = spawn(process.execPath, args, { env, stdio: ['ignore', 'pipe', 'pipe'] });
    this.#exited = once(this.#child, 'exit');
    this.#child.stdout.on('data', (chunk) => { this.#onChunk(chunk); });
    this.#child.stderr.on('data', (chunk) => { this.#errors += chunk; });
  }

  /** Resolves with the time from the start of the process until output that matches is readable, in milliseconds. */
  until(pattern) {
    return new Promise((resolve, reject) => {
      let seen = '';
      this.#onChunk = (chunk) => {
        seen += chunk;
        if (pattern.test(seen)) resolve(performance.now() - this.#startedAt);
      };
      void this.#exited.then(([code]) => { reject(new Error(`ended with ${code}: ${this.#errors}${seen}`)); });
    });
  }

  /** Resolves with the moment (performance.now) at which this many lines have been read. */
  lines(wanted) {
    return new Promise((resolve) => {
      let left = wanted;
      this.#onChunk = (chunk) => {
        for (let at = chunk.indexOf(10); at !== -1; at = chunk.indexOf(10, at + 1)) left -= 1;
        if (left <= 0) resolve(performance.now());
      };
    });
  }

  onChunk(listener) {
    this.#onChunk = listener;
  }

  /** CPU time of all threads so far, in milliseconds; exact to the nanosecond, but Linux only. */
  cpuMs() {
    let total = 0;
    for (const task of readdirSync(`/proc/${this.#child.pid}/task`)) {
      total += Number(readFileSync(`/proc/${this.#child.pid}/task/${task}/schedstat`, 'utf8').split(' ')[0]);
    }
    return total / 1e6;
  }

  /** Resident memory in bytes; Linux only. */
  residentBytes() {
    const [, kilobytes] = /^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${this.#child.pid}/status`, 'utf8')) ?? [];
    return Number(kilobytes) * 1024;
  }

  async stop() {
    // With SIGTERM: Node writes its cache of compiled code when a process ends normally.
    this.#child.kill('SIGTERM');
    await this.#exited;
  }
}
