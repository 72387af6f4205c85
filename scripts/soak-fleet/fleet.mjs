import { Link } from './link.mjs';
import { Member } from './member.mjs';

const MOST_MEMBERS = 6;

/** Fleet holds all members. Those that were removed may come back. */
export class Fleet {
  #options;
  #next = 1;
  members = [];
  /** What members did unexpectedly: ended on their own, reported a bug. */
  unexpected = [];
  /** How long members took to leave after SIGTERM, in milliseconds. */
  leaving = [];

  /** `nats`: the server; `argsOf(link port, name)`: the watch's arguments; `member`: what else each member's constructor needs. */
  constructor({ nats, argsOf, member, random }) {
    this.#options = { nats, argsOf, member, random };
  }

  get up() {
    return this.members.filter((member) => member.isUp);
  }

  /** Starts a member that was removed, or a new one, while there are not too many. */
  async add() {
    const { nats, argsOf, member: shared, random } = this.#options;
    const down = this.members.filter((member) => !member.isUp);
    if (down.length === 0 && this.members.length >= MOST_MEMBERS) return;
    let member = down.length > 0 ? random.pick(down) : undefined;
    if (member === undefined) {
      const name = `m${this.#next++}`;
      const link = new Link(() => nats.port);
      member = new Member({
        ...shared, name, link, args: argsOf(await link.open(), name),
        onEnd: ({ name: ended }, how) => { this.unexpected.push(`${ended} ended on its own: ${how}`); },
      });
      // Minutes apart, as machines without NTP are.
      member.shiftMs = this.members.length === 0 ? 0 : 1_000 * random.between(-300, 300);
      this.members.push(member);
    }
    member.start();
  }

  /** SIGTERM: it hands over its targets. */
  async stop(member) {
    const { code, signal, tookMs } = await member.terminate();
    this.leaving.push(tookMs);
    // One that has just been started does not listen to signals yet.
    if (code !== 143 && signal !== 'SIGTERM') this.unexpected.push(`${member.name} ended with ${code ?? signal} after SIGTERM`);
  }

  /** Ends every cut and stop, and starts every member that is down. */
  heal() {
    for (const member of this.members) {
      if (member.isCut) member.link.heal(false);
      member.isCut = false;
      member.thaw();
      if (!member.isUp) member.start();
    }
  }

  close() {
    for (const { link } of this.members) link.close();
  }
}
