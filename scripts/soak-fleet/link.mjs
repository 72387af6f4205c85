import { once } from 'node:events';
import { connect, createServer } from 'node:net';

/**
 * Link is the network between one member and NATS. It can be cut as a network is (nothing arrives, nobody notices, and what
 * was on its way may arrive when it heals), or with a reset and refused connections.
 */
export class Link {
  #server;
  #target;
  #pairs = new Set();
  #cut = 'no';

  constructor(target) {
    this.#target = target;
    this.#server = createServer((socket) => { this.#accept(socket); });
  }

  async open() {
    this.#server.listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
    return this.#server.address().port;
  }

  /** `silent`: packets vanish. `reset`: connections break, and new ones are refused. */
  cut(how) {
    this.#cut = how;
    for (const pair of this.#pairs) {
      if (how === 'reset') pair.destroy();
      else pair.pause();
    }
  }

  /** `late`: what was on its way arrives now. Otherwise the connections are dead. */
  heal(late) {
    this.#cut = 'no';
    for (const pair of this.#pairs) {
      if (late) pair.resume();
      else pair.destroy();
    }
  }

  close() {
    for (const pair of this.#pairs) pair.destroy();
    this.#server.close();
  }

  #accept(near) {
    if (this.#cut === 'reset') {
      near.resetAndDestroy();
      return;
    }
    const far = connect(this.#target(), '127.0.0.1');
    const pair = {
      pause: () => { near.pause(); far.pause(); },
      resume: () => { near.resume(); far.resume(); },
      destroy: () => { near.destroy(); far.destroy(); },
    };
    this.#pairs.add(pair);
    for (const [from, to] of [[near, far], [far, near]]) {
      from.setNoDelay(true);
      from.on('data', (data) => { to.write(data); });
      from.on('error', () => undefined);
      from.on('close', () => {
        this.#pairs.delete(pair);
        // What is still to be written gets written: it was already on its way.
        to.destroySoon();
      });
    }
    if (this.#cut === 'silent') pair.pause();
  }
}
