import { randomUUID } from 'node:crypto';
import { itemNotFound } from '../errors.ts';
import type { Json } from '../request.ts';

/** The most outcomes of copies that are kept. */
const MONITORS_MAX = 1_000;

/** CopyMonitors keeps how copies ended, for the monitor URLs that `copy` returns. */
export class CopyMonitors {
  readonly #outcomes = new Map<string, Json>();

  /** Returns the monitor's id. */
  add(outcome: Json): string {
    const id = randomUUID();
    this.#outcomes.set(id, outcome);
    for (const oldest of this.#outcomes.keys()) {
      if (this.#outcomes.size <= MONITORS_MAX) break;
      this.#outcomes.delete(oldest);
    }
    return id;
  }

  outcome(id: string): Json {
    const found = this.#outcomes.get(id);
    if (found === undefined) throw itemNotFound();
    return found;
  }
}
