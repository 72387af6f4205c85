import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

const CLOCK = new URL('shifted-clock.mjs', import.meta.url).href;

/** Member is one machine of the fleet: a home of its own, a link to NATS, and the real binary, which may die and come back. */
export class Member {
  #options;
  #child;
  #exit;
  #log;
  name;
  link;
  shiftMs = 0;
  isFrozen = false;
  isCut = false;
  /** Whether a fault is happening to it. */
  isBusy = false;
  starts = 0;
  #told = false;

  /** `args`, `env` of the watch; `onLine`, `onStderr` get each line that it writes, `onEnd` how it ended if nobody ended it. */
  constructor({ name, link, place, binary, args, env, onLine, onStderr, onEnd }) {
    this.name = name;
    this.link = link;
    const home = join(place, name);
    mkdirSync(home, { recursive: true });
    this.#log = createWriteStream(join(place, `${name}.log`), { flags: 'a' });
    this.#options = { binary, args, onLine, onStderr, onEnd, env: { ...env, HOME: home, GRAPH_WATCH_CONFIG_DIR: join(home, 'config') } };
  }

  get isUp() {
    return this.#child !== undefined && this.#child.exitCode === null && this.#child.signalCode === null;
  }

  start() {
    const { binary, args, env, onLine, onStderr, onEnd } = this.#options;
    this.#told = false;
    const child = spawn(process.execPath, [binary, ...args], {
      env: { ...process.env, ...env, NODE_OPTIONS: `--trace-warnings --import ${CLOCK}`, SOAK_CLOCK_SHIFT_MS: String(this.shiftMs) }, stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.#child = child;
    this.isFrozen = false;
    this.starts += 1;
    this.#log.write(`${new Date().toISOString()} --- start ${this.starts}, clock ${this.shiftMs / 1000} s off\n`);
    this.#exit = once(child, 'exit').then(([code, signal]) => {
      this.#log.write(`${new Date().toISOString()} --- ended: ${code ?? signal}\n`);
      if (!this.#told) onEnd(this, code ?? signal);
      return { code, signal };
    });
    createInterface({ input: child.stderr }).on('line', (line) => {
      this.#log.write(`${new Date().toISOString()} ${line}\n`);
      onStderr(this, line);
    });
    createInterface({ input: child.stdout }).on('line', (line) => { onLine(this, line); });
  }

  freeze() {
    this.#child.kill('SIGSTOP');
    this.isFrozen = true;
  }

  thaw() {
    if (this.isFrozen) this.#child.kill('SIGCONT');
    this.isFrozen = false;
  }

  /** Ends it without waiting. */
  end() {
    this.#told = true;
    if (this.isUp) this.#child.kill('SIGKILL');
  }

  async kill() {
    this.#told = true;
    this.#child.kill('SIGKILL');
    await this.#exit;
  }

  /** SIGTERM; resolves with how it ended, and how long that took. Killed if it does not end. */
  async terminate() {
    this.thaw();
    this.#told = true;
    const started = performance.now();
    this.#child.kill('SIGTERM');
    const timer = setTimeout(() => this.#child.kill('SIGKILL'), 30_000);
    const exit = await this.#exit;
    clearTimeout(timer);
    return { ...exit, tookMs: performance.now() - started };
  }

  /** Resident memory in MB. */
  memory() {
    return Math.round(Number(/VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${this.#child.pid}/status`, 'utf8'))?.[1] ?? 0) / 1024);
  }
}
