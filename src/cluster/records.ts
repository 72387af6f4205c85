import { isRecord, parseJson } from '../lib/json.ts';

/** LeasePosition is how far a target's owners have come. */
export interface LeasePosition {
  /** A delta link, verbatim. */
  cursor: string;
  /** When the service issued it, by the service's clock, in milliseconds since the epoch. */
  at: number;
  /** The id of the drive that it belongs to. */
  drive: string;
}

/** LeaseState says how a target is doing, for `cluster status`. */
export type LeaseState = 'starting' | 'ready' | 'reconnecting' | 'failed';

/** MemberRecord is what a member says about itself in every heartbeat. */
export interface MemberRecord {
  name: string;
  /** How often its process has joined. */
  generation: number;
  leaseMs: number;
  /** Whether it takes nothing, and gives up what it has. Others may set this, too. */
  draining: boolean;
  /** How many targets it has, and how many of them failed for good. */
  targets: number;
  failed: number;
  /** How many targets it has given up since it joined: when this grows, members that wait for one look again. */
  released: number;
}

/** TargetRecord is what the bucket has of a target. */
export interface TargetRecord {
  /** The id of the member that watches it. */
  owner: string | undefined;
  /** Grows each time it is taken. */
  generation: number;
  state: LeaseState;
  /** Why it failed. */
  reason: string | undefined;
  position: LeasePosition | undefined;
}

/** ListRecord says which list is in force. */
export interface ListRecord {
  hash: string;
  /** Its parts are `lines.<parts>.0` and so on. */
  parts: string;
  count: number;
  targets: number;
  /** The name of the member that published it. */
  by: string;
  /** Hashes of the lists before it, the latest first. */
  earlier: readonly string[];
}

/** PauseRecord says for how long Graph asked for a pause. A duration: the members' clocks may be minutes apart. */
export interface PauseRecord {
  ms: number;
  /** The id of the member that was asked. */
  by: string;
}

const STATES: readonly LeaseState[] = ['starting', 'ready', 'reconnecting', 'failed'];

/** `encode` returns the bytes of a record. */
export function encode(record: MemberRecord | TargetRecord | ListRecord | PauseRecord): Uint8Array {
  return Buffer.from(JSON.stringify(record));
}

/** `readMember` reads the record of a member; `undefined` for data that no version of this program has written. */
export function readMember(value: Uint8Array): MemberRecord | undefined {
  const { name, generation, leaseMs, draining, targets, failed, released } = fields(value);
  if (typeof name !== 'string' || typeof leaseMs !== 'number' || !(leaseMs > 0)) return undefined;
  return { name, leaseMs, generation: count(generation), draining: draining === true, targets: count(targets), failed: count(failed), released: count(released) };
}

/** `readTarget` reads the record of a target; invalid fields get their defaults. */
export function readTarget(value: Uint8Array): TargetRecord {
  const { owner, generation, state, reason, position } = fields(value);
  return {
    owner: typeof owner === 'string' ? owner : undefined,
    generation: count(generation),
    state: STATES.find((each) => each === state) ?? 'starting',
    reason: typeof reason === 'string' ? reason : undefined,
    position: readPosition(position),
  };
}

/** `readListRecord` reads the record of the list of targets; `undefined` for data that no version of this program has written. */
export function readListRecord(value: Uint8Array): ListRecord | undefined {
  const { hash, parts, count: number, targets, by, earlier } = fields(value);
  if (typeof hash !== 'string' || typeof parts !== 'string') return undefined;
  return {
    hash, parts, count: count(number), targets: count(targets), by: typeof by === 'string' ? by : '',
    earlier: Array.isArray(earlier) ? earlier.filter((each) => typeof each === 'string') : [],
  };
}

export function readPause(value: Uint8Array): PauseRecord | undefined {
  const { ms, by } = fields(value);
  return typeof ms === 'number' && ms > 0 && typeof by === 'string' ? { ms, by } : undefined;
}

function readPosition(position: unknown): LeasePosition | undefined {
  if (!isRecord(position)) return undefined;
  const { cursor, at, drive } = position;
  return typeof cursor === 'string' && typeof at === 'number' ? { cursor, at, drive: typeof drive === 'string' ? drive : '' } : undefined;
}

function fields(value: Uint8Array): Readonly<Record<string, unknown>> {
  const parsed = parseJson(Buffer.from(value).toString());
  return isRecord(parsed) ? parsed : {};
}

function count(value: unknown): number {
  return typeof value === 'number' && Number.isInteger(value) && value >= 0 ? value : 0;
}
