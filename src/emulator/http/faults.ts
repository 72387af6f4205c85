import type { OwnedClock } from '../clock.ts';

/** Fault is what happens to the next requests. */
export type Fault =
  /** They are answered with this status, before anything else reads them. */
  | { kind: 'answer'; status: number; code?: string | undefined; message?: string | undefined; retryAfter?: string | undefined; aadsts?: number | undefined }
  /** They are never answered; the connection stays open. */
  | { kind: 'hang' }
  /** Their connections are reset. */
  | { kind: 'reset' }
  /** They are answered as usual, but this many milliseconds later. */
  | { kind: 'delay'; delayMs: number };

export interface ArmedFault {
  fault: Fault;
  /** How many more requests it applies to. */
  count: number;
  /** It applies only to paths with this prefix (`/v1.0/me/drive/root/delta`); undefined: to every path outside /admin. */
  pathPrefix: string | undefined;
}

/** Faults holds the faults that are armed. A request gets the first one whose prefix matches. */
export class Faults {
  readonly #armed: ArmedFault[] = [];
  readonly #clock: OwnedClock;

  constructor(clock: OwnedClock) {
    this.#clock = clock;
  }

  arm(fault: Fault, options: { count?: number | undefined; pathPrefix?: string | undefined } = {}): void {
    this.#armed.push({ fault, count: options.count ?? 1, pathPrefix: options.pathPrefix });
  }

  clear(): void {
    this.#armed.length = 0;
  }

  get armed(): readonly ArmedFault[] {
    return this.#armed;
  }

  /** Returns the fault for a request to this path and counts it down. */
  take(path: string): Fault | undefined {
    const index = this.#armed.findIndex(({ pathPrefix }) => pathPrefix === undefined || path.toLowerCase().startsWith(pathPrefix.toLowerCase()));
    const found = this.#armed[index];
    if (found === undefined) return undefined;
    if (--found.count <= 0) this.#armed.splice(index, 1);
    return found.fault;
  }

  wait(ms: number): Promise<void> {
    return new Promise((resolve) => {
      this.#clock.after(ms, resolve);
    });
  }
}

/** Returns the error code that Graph usually sends with a status. */
export function usualCode(status: number): string {
  switch (status) {
    case 400:
      return 'notSupported';
    case 401:
      return 'InvalidAuthenticationToken';
    case 403:
      return 'accessDenied';
    case 404:
      return 'itemNotFound';
    case 410:
      return 'resyncRequired';
    case 429:
      return 'activityLimitReached';
    case 503:
      return 'serviceNotAvailable';
    case 504:
      return 'gatewayTimeout';
    case 509:
      return 'bandwidthLimitExceeded';
    default:
      return 'generalException';
  }
}
