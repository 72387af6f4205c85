/** Targets are the targets of a list, prepared for being distributed again and again. */
export interface Targets {
  readonly keys: readonly string[];
  /** Parallel to the keys, which are sorted by it. */
  readonly hashes: Uint32Array;
}

export function targetsOf(keys: Iterable<string>): Targets {
  const hashed = [...new Set(keys)].map((key) => ({ key, hash: hashOf(key) }));
  hashed.sort((one, other) => one.hash - other.hash || (one.key < other.key ? -1 : 1));
  return { keys: hashed.map(({ key }) => key), hashes: Uint32Array.from(hashed, ({ hash }) => hash) };
}

/**
 * `fairShare` returns for each target the index of its member in `members`. Every process with the same members and targets gets
 * the same answer. The shares differ by one at most, and when a member comes or goes, few targets move but its own.
 *
 * Rendezvous hashing (each target ranks the members by a hash of both) with bounded shares: a target whose first choice is full goes to
 * the next. `members` are in ascending order.
 */
export function fairShare(members: readonly string[], { keys, hashes }: Targets): Uint32Array {
  const shares = new Uint32Array(keys.length);
  if (members.length === 0) return shares;
  const seeds = Uint32Array.from(members, hashOf);
  const loads = new Uint32Array(members.length);
  const everybody = Math.floor(keys.length / members.length);
  /** How many members may have one target more than the others. */
  let larger = keys.length % members.length;
  for (let target = 0; target < keys.length; target += 1) {
    const hash = hashes[target] ?? 0;
    let chosen = -1;
    let best = -1;
    for (let member = 0; member < members.length; member += 1) {
      const load = loads[member] ?? 0;
      if (load > everybody || (load === everybody && larger === 0)) continue;
      const rank = mixed(hash ^ (seeds[member] ?? 0));
      if (rank > best) {
        best = rank;
        chosen = member;
      }
    }
    if (loads[chosen] === everybody) larger -= 1;
    loads[chosen] = (loads[chosen] ?? 0) + 1;
    shares[target] = chosen;
  }
  return shares;
}

/** FNV-1a with a final mix: 32 bits, evenly spread. */
function hashOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < text.length; at += 1) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
  return mixed(hash);
}

/** The finalizer of MurmurHash3. */
function mixed(bits: number): number {
  let hash = bits;
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
