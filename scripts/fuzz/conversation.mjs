import { once } from 'node:events';
import { mutated } from './mutate.mjs';
import { ACKNOWLEDGED, OPEN } from './push-host.mjs';

/** Longer than any frame that is read. */
const TOO_LONG = 17 * 1024 * 1024;
const VALID = ['2', '42/notifications,["other",1]', '42/notifications,["notification","not JSON"]', '42/elsewhere,["notification",1]'];
const KILOBYTE = 'x'.repeat(1024);

/**
 * Conversation is what one peer says: random frames, valid and broken, with numbered notifications among them.
 * `counts` and `sent` (the numbers, and when they were sent) are those of the whole run. `isNewest()`: nobody
 * has connected since.
 */
export class Conversation {
  #peer;
  #random;
  #secrets;
  #corpus;
  #counts;
  #sent;
  #isNewest;

  constructor(peer, { random, secrets, counts, sent, isNewest }) {
    this.#peer = peer;
    this.#random = random;
    this.#secrets = secrets;
    this.#counts = counts;
    this.#sent = sent;
    this.#isNewest = isNewest;
    this.#corpus = corpus(secrets[1]);
  }

  async hold() {
    const [peer, random] = [this.#peer, this.#random];
    const opening = this.#opening(OPEN);
    this.#send(opening);
    // A valid handshake gets an answer, however long a busy machine takes; what a broken one gets cannot be known.
    const waits = [once(peer, 'message').then(() => true), closed(peer).then(() => false), ...(opening === OPEN ? [] : [pause(200).then(() => false)])];
    if (await Promise.race(waits)) this.#send(this.#opening(ACKNOWLEDGED));
    if (random.between(0, 7) === 0) await this.#calm();
    const length = random.between(0, 40);
    for (let frame = 0; frame < length && peer.readyState === peer.OPEN; frame += 1) {
      await this.#frame();
      if (random.between(0, 3) === 0) await pause(0);
    }
    await pause(random.between(0, 20));
    random.pick([
      () => { peer.close(random.pick([1000, 1001, 1011, 4000]), this.#mutated('bye').slice(0, 30)); },
      () => { peer.terminate(); },
      () => { peer._socket?.resetAndDestroy(); },
      () => { this.#send('41/notifications,'); },
    ])();
    await Promise.race([closed(peer), pause(3_000)]);
    peer.terminate();
  }

  /** A few seconds in which nothing is broken: what the watch receives now, no later gap may cover. */
  async #calm() {
    const length = this.#random.between(10, 60);
    for (let frame = 0; frame < length && this.#peer.readyState === this.#peer.OPEN; frame += 1) {
      if (this.#random.between(0, 9) === 0) this.#send(this.#random.pick(VALID));
      else this.#notify(this.#random.pick([[], [{}, 0, null, { resource: 'r' }]]));
      await pause(this.#random.between(0, 150));
    }
  }

  async #frame() {
    const [peer, random] = [this.#peer, this.#random];
    const kind = random.between(0, 999);
    if (kind < 450) this.#notify([]);
    else if (kind < 600) this.#send(random.pick(VALID));
    else if (kind < 900) this.#send(this.#mutated(random.pick(this.#corpus)));
    else if (kind < 940) this.#send(Buffer.from(this.#mutated(random.pick(this.#corpus)), 'utf8'));
    else if (kind < 950) this.#send(`42/notifications,["notification","${'x'.repeat(random.between(1, 2_000_000))}"]`);
    else if (kind < 953) this.#large();
    else if (kind < 956) this.#notify(Array.from({ length: random.between(1_000, 100_000) }, () => random.pick([{}, 0, null, { resource: 'r' }])));
    else if (kind < 960) this.#send(`42/notifications,["notification",${random.pick(['[],', '{},', '"x",']).repeat(random.between(1, 100_000))}0]`);
    else if (kind < 965) for (let ping = 0; ping < 2_000; ping += 1) peer.ping('x'.repeat(100));
    else if (kind < 970) for (let ping = 0; ping < 5_000; ping += 1) this.#send('2');
    else if (kind < 980) this.#send(`44/notifications,${JSON.stringify({ message: `${this.#secrets[1]} ${'/'.repeat(random.between(1, 400_000))}` })}`);
    else if (kind < 990) peer._socket?.write(this.#mutated('\x81\x05hello'));
    else await pause(random.between(0, 50));
  }

  /** A numbered notification, the number in the last entry of its payload. A watch that has reconnected listens there, and not here. */
  #notify(before) {
    if (!this.#isNewest()) return;
    this.#counts.sent += 1;
    this.#sent.set(this.#counts.sent, Date.now());
    this.#send(`42/notifications,${JSON.stringify(['notification', JSON.stringify({ value: [...before, { fuzz: this.#counts.sent }] })])}`);
  }

  /** Some of the longest frames that are read, and some that are longer. */
  #large() {
    const frames = this.#random.between(1, 4);
    for (let frame = 0; frame < frames; frame += 1) {
      const length = this.#random.pick([8 * 1024 * 1024, 15 * 1024 * 1024, TOO_LONG]);
      this.#send(`42/notifications,["notification","${KILOBYTE.repeat(length / 1024)}"]`);
    }
  }

  /** What a conversation begins with; now and then it is broken. */
  #opening(frame) {
    return this.#random.between(0, 19) === 0 ? this.#mutated(frame) : frame;
  }

  #mutated(text) {
    return mutated(text, this.#random, { secrets: this.#secrets });
  }

  #send(frame) {
    this.#counts.frames += 1;
    if (this.#peer.readyState === this.#peer.OPEN) this.#peer.send(frame, () => undefined);
  }
}

function corpus(secret) {
  return [
    OPEN, ACKNOWLEDGED, '2', '2probe', '3', '6', '1', '41/notifications,', '42/notifications,["notification","{\\"value\\":[{\\"resource\\":\\"r\\"}]}"]',
    '42/notifications,["other",1,{"a":[1,2]}]', '42/notifications,17["notification","x"]', '43/notifications,1["x"]', '44/notifications,{"message":"Invalid namespace"}',
    '44/notifications,"refused"', '451-/notifications,["notification",{"_placeholder":true,"num":0}]', '461-/notifications,1["x"]', '42["notification","root"]', '42/notifications,', '44/notifications,',
    'bAAEC', '4', '0', '5', '9', '42/notifications,["connect"]', `42/notifications,["notification","https://push.example/?token=${secret}"]`,
  ];
}

function closed(peer) {
  return peer.readyState === peer.CLOSED ? Promise.resolve() : new Promise((resolve) => { peer.once('close', resolve); });
}

function pause(ms) {
  return new Promise((resolve) => { setTimeout(resolve, ms); });
}
