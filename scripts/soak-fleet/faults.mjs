import { setTimeout as sleep } from 'node:timers/promises';

/**
 * Every kind of fault: its name, how often it is picked, which members it can hit (`undefined`: it does not hit a
 * member), and what it does. `lease` is in milliseconds. A fault is over when its promise resolves.
 */
export const FAULTS = [
  ['kill -9, then restarted', 6, (member) => member.isUp, async ({ member, random, lease }) => {
    await member.kill();
    await sleep(random.pick([200, random.between(1_000, lease), random.between(lease, 2 * lease)]));
    member.start();
  }],
  ['SIGSTOP for longer than a lease', 5, isReachable, async ({ member, random, lease }) => {
    member.freeze();
    await sleep(random.between(Math.round(1.2 * lease), Math.round(2.5 * lease)));
    member.thaw();
  }],
  ['SIGSTOP for less than a lease', 3, isReachable, async ({ member, random, lease }) => {
    member.freeze();
    await sleep(random.between(Math.round(0.2 * lease), Math.round(0.9 * lease)));
    member.thaw();
  }],
  ['partition: silence', 5, isReachable, (scene) => partition(scene, 'silent')],
  ['partition: resets', 3, isReachable, (scene) => partition(scene, 'reset')],
  ['partition in the middle of SIGSTOP', 2, isReachable, async ({ member, random, lease }) => {
    member.freeze();
    member.isCut = true;
    member.link.cut('silent');
    await sleep(random.between(lease, 2 * lease));
    member.thaw();
    await sleep(random.between(0, lease));
    member.isCut = false;
    member.link.heal(true);
  }],
  ['nats-server restarted', 3, undefined, async ({ nats, random, lease }) => {
    await nats.stop('SIGTERM');
    await sleep(random.pick([0, random.between(500, 3_000), random.between(lease, 2 * lease)]));
    await nats.start();
  }],
  ['nats-server killed', 2, undefined, async ({ nats, random }) => {
    await nats.stop('SIGKILL');
    await sleep(random.between(0, 3_000));
    await nats.start();
  }],
  ['member added', 3, undefined, ({ fleet }) => fleet.add()],
  ['member removed (SIGTERM)', 3, (member, { fleet }) => isReachable(member) && fleet.up.length > 2, ({ member, fleet }) => fleet.stop(member)],
  ['restarted with a shifted clock', 4, isReachable, async ({ member, random, fleet }) => {
    await fleet.stop(member);
    member.shiftMs = 1_000 * random.between(-300, 300);
    member.start();
  }],
];

function isReachable(member) {
  return member.isUp && !member.isFrozen && !member.isCut;
}

async function partition({ member, random, lease }, how) {
  member.isCut = true;
  member.link.cut(how);
  await sleep(random.pick([random.between(500, lease), random.between(lease, 3 * lease)]));
  member.isCut = false;
  // What was on its way may arrive late.
  member.link.heal(random.between(0, 1) === 0);
}

/** A list that contains each fault as often as it is to be picked. */
export const FAULT_BAG = FAULTS.flatMap((fault) => Array.from({ length: fault[1] }, () => fault));
