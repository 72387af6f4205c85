import { once } from 'node:events';
import { Agent, request } from 'node:https';
import { setTimeout as sleep } from 'node:timers/promises';

/** This many drives are busy: they get a third of all changes. */
const BUSY = 10;

/**
 * Writer creates numbered files in random drives: 000001.txt, 000002.txt … in each. They are written through Graph, one
 * after the other in each drive, so that the order of the numbers is the order of the changes.
 */
export class Writer {
  #options;
  #agent;
  #writing = new Set();
  #isOver = false;
  #loop;
  #failure;
  /** By drive id: when each number was written, in milliseconds since the epoch; number 1 first. */
  sent;

  /** `drives`: their ids. `perSecond`: in all of them. `token` may write. */
  constructor({ drives, graphUrl, ca, token, perSecond, random }) {
    this.#options = { drives, graphUrl, token, perSecond, random };
    // A new connection for each: a kept one may be closed at the very moment it is reused.
    this.#agent = new Agent({ ca, keepAlive: false });
    this.sent = new Map(drives.map((drive) => [drive, []]));
  }

  get total() {
    return [...this.sent.values()].reduce((sum, numbers) => sum + numbers.length, 0);
  }

  start() {
    this.#loop = this.#write();
  }

  /** Resolves when the last change is made. */
  async stop() {
    this.#isOver = true;
    await this.#loop;
    while (this.#writing.size > 0) await sleep(20);
    this.#agent.destroy();
    if (this.#failure !== undefined) throw this.#failure;
  }

  async #write() {
    const { drives, perSecond, random } = this.#options;
    while (!this.#isOver) {
      const drive = drives[random.between(1, 3) === 1 ? random.between(0, Math.min(BUSY, drives.length) - 1) : random.between(0, drives.length - 1)];
      if (!this.#writing.has(drive)) void this.#create(drive);
      await sleep(random.between(0, 2_000 / perSecond));
    }
  }

  async #create(drive) {
    const numbers = this.sent.get(drive);
    this.#writing.add(drive);
    // Taken before the file exists: it may be reported before the answer has arrived.
    const at = Date.now();
    try {
      await this.#put(drive, `${String(numbers.length + 1).padStart(6, '0')}.txt`);
      numbers.push(at);
    } catch (error) {
      this.#failure ??= error;
    }
    this.#writing.delete(drive);
  }

  async #put(drive, name) {
    const { graphUrl, token } = this.#options;
    const asking = request(`${graphUrl}/v1.0/drives/${drive}/root:/${name}:/content`, { method: 'PUT', agent: this.#agent, headers: { authorization: `Bearer ${token}` } });
    asking.on('error', () => undefined);
    asking.end();
    const [answer] = await once(asking, 'response');
    answer.resume();
    await once(answer, 'end');
    if (answer.statusCode !== 201) throw new Error(`the emulator returned ${answer.statusCode} to a new file`);
  }
}
