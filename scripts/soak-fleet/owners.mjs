const MEMBER = 'shared.member.';
const TARGET = 'target.';

/**
 * Judges who owned what, by the bucket's own history (`{ key, value, revision, at }` in the order of revisions, `value` as text,
 * `undefined` if the key was deleted). A lease begins when a member writes itself into a target's key, and ends when
 * it writes itself out, or when the member's own key is deleted: by the member as it leaves, or by others that have given it up.
 */
export function judgeOwners({ history, stored, thrown }) {
  const violations = { 'owned by two at once': [], 'written by someone other than the owner': [], 'positions that went backwards': [] };
  const alive = new Set();
  const targets = new Map();
  /** Every lease that there was: `{ key, owner, from, to, how }`. */
  const leases = [];
  const open = new Map();
  const end = (key, at, how) => {
    const lease = open.get(key);
    if (lease === undefined) return;
    lease.to = at;
    lease.how = how;
    open.delete(key);
  };
  const counts = { members: 0, takes: 0, givenUp: 0, lateWrites: 0 };
  for (const { key, value, revision, at } of history) {
    if (key.startsWith(MEMBER)) {
      const id = key.slice(MEMBER.length);
      if (value !== undefined && !alive.has(id)) counts.members += 1;
      if (value !== undefined) alive.add(id);
      else if (alive.delete(id)) {
        for (const [target, lease] of open) if (lease.owner === id) {
          counts.givenUp += 1;
          end(target, at, 'member');
        }
      }
    }
    if (!key.startsWith(TARGET)) continue;
    const before = targets.get(key) ?? { owner: undefined, generation: 0, position: undefined };
    if (value === undefined) {
      end(key, at, 'deleted');
      targets.set(key, { owner: undefined, generation: 0, position: undefined });
      continue;
    }
    const record = JSON.parse(value);
    const entry = { key, revision, at: new Date(at).toISOString(), before: summary(before), now: summary(record) };
    if (record.generation === before.generation + 1 && record.owner !== undefined) {
      // Taken: from nobody, or from somebody who is no longer a member.
      if (open.has(key)) violations['owned by two at once'].push(entry);
      end(key, at, 'overlap');
      const lease = { key, owner: record.owner, from: at, to: undefined, how: undefined, before: before.owner };
      counts.takes += 1;
      leases.push(lease);
      open.set(key, lease);
    } else if (record.generation === before.generation && (record.owner === before.owner || record.owner === undefined)) {
      // Written by the owner, or given up by it; late if it was given up before.
      if (before.owner !== undefined && !alive.has(before.owner)) counts.lateWrites += 1;
      if (record.owner === undefined) end(key, at, 'released');
    } else violations['written by someone other than the owner'].push(entry);
    if (sequenceOf(record) < sequenceOf(before)) violations['positions that went backwards'].push(entry);
    targets.set(key, record);
  }
  const byKey = new Map();
  for (const lease of leases) {
    if (byKey.has(lease.key)) byKey.get(lease.key).push(lease);
    else byKey.set(lease.key, [lease]);
  }
  const keys = new Map();
  const leasesOf = (drive) => {
    if (!keys.has(drive)) keys.set(drive, keyOf(drive));
    return byKey.get(keys.get(drive)) ?? [];
  };
  const strangers = stored.filter(({ drive, member, at }) => !leasesOf(drive).some((lease) => lease.owner.startsWith(`${member}.`) && lease.from <= at && at <= (lease.to ?? Infinity)));
  return {
    violations,
    rows: history.length === 0 ? [] : [
      ['processes that joined', counts.members],
      ['leases taken', counts.takes.toLocaleString('en-US')],
      ['leases that ended because the key of their member was deleted (killed, cut off, or too slow to release them)', counts.givenUp.toLocaleString('en-US')],
      ['stored after the lease of the publisher had ended (each once, in order)', strangers.length],
      ['bucket revisions', history.length.toLocaleString('en-US')],
    ],
    failovers: failovers(byKey, thrown),
  };
}

/** For each kind of fault: how long the drives of the member that it hit had no owner, in milliseconds, from the fault to the next lease. */
function failovers(byKey, thrown) {
  const found = new Map();
  for (const { name, member, from, to } of thrown) {
    if (member === undefined) continue;
    for (const [, own] of byKey) {
      const index = own.findIndex((lease) => lease.owner.startsWith(`${member}.`) && lease.from <= from && (lease.to ?? Infinity) > from);
      const next = own[index + 1];
      // A takeover because of the fault happens while it lasts or soon after; later ones have another cause.
      if (index === -1 || next === undefined || next.from > to + 60_000) continue;
      found.set(name, [...(found.get(name) ?? []), next.from - from]);
    }
  }
  for (const list of found.values()) list.sort((a, b) => a - b);
  return found;
}

function keyOf(drive) {
  return `${TARGET}${Array.from(`drive:${drive}`, (character) => (/[A-Za-z0-9_-]/.test(character) ? character : `=${character.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`)).join('')}`;
}

function summary({ owner, generation, position }) {
  return { owner, generation, at: position?.at };
}

/** How far a position is in the emulator's log: its tokens say so (generation;sequence;…, in base64). */
function sequenceOf({ position }) {
  const token = /[?&(]token='?([^&')]+)/.exec(position?.cursor ?? '')?.[1];
  if (token === undefined) return 0;
  return Number(Buffer.from(decodeURIComponent(token).replaceAll('_', '/'), 'base64').toString().split(';')[1]);
}
