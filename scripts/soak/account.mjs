/**
 * Account records what was sent, what arrived, and what gaps covered. Every number that was sent since the first
 * `ready` must have arrived or fall into a gap, whether or not a connection was up at the time.
 */
export class Account {
  /** By number: when it was sent (wall clock, ms), and how often it arrived. */
  #sentAt = [];
  #arrived = [];
  #highest = -1;
  toNobody = 0;
  reordered = 0;
  gaps = [];
  lifecycle = new Map();
  notRecords = 0;

  /** Notes that the next number is about to be sent, and returns it. */
  number() {
    this.#sentAt.push(Date.now());
    this.#arrived.push(0);
    return this.#sentAt.length - 1;
  }

  get sent() {
    return this.#sentAt.length;
  }

  has(number) {
    return this.#arrived[number] > 0;
  }

  count(type) {
    return this.lifecycle.get(type) ?? 0;
  }

  /** Takes one line of the watch's stdout; returns the record. */
  line(text) {
    let record;
    try {
      record = JSON.parse(text);
    } catch {
      this.notRecords += 1;
      return undefined;
    }
    if (record.type !== 'notification') {
      this.lifecycle.set(record.type, this.count(record.type) + 1);
      if (record.type === 'gap') this.gaps.push({ from: Date.parse(record.from), to: Date.parse(record.to) });
      return record;
    }
    const { number } = record.data;
    if (this.#arrived[number] === 0 && number < this.#highest) this.reordered += 1;
    if (number > this.#highest) this.#highest = number;
    this.#arrived[number] += 1;
    return record;
  }

  close() {
    const lost = [];
    let received = 0;
    let covered = 0;
    let duplicates = 0;
    for (const [number, times] of this.#arrived.entries()) {
      const at = this.#sentAt[number];
      if (times > 0) {
        received += 1;
        duplicates += times - 1;
      } else if (this.gaps.some(({ from, to }) => from <= at && at <= to)) covered += 1;
      else lost.push({ number, at });
    }
    const longestGapMs = Math.max(0, ...this.gaps.map(({ from, to }) => to - from));
    return { sent: this.sent, toNobody: this.toNobody, received, covered, lost, duplicates, reordered: this.reordered, longestGapMs };
  }
}
