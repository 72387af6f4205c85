import type { OwnedClock } from '../clock.ts';
import type { EventHub } from '../events.ts';
import type { Drive, User } from '../graph/directory/directory.ts';
import type { Settings } from '../options.ts';
import type { Secrets } from '../secrets.ts';

/** Endpoint is what a GET of `…/subscriptions/socketIo` creates: an address that accepts connections until it expires. */
export interface Endpoint {
  id: string;
  /** The push host's only credential. */
  token: string;
  clientState: string;
  expiresMs: number;
  drive: Drive;
  user: User;
  applicationId: string;
  cancelExpiry: () => void;
}

/** Endpoints holds the endpoints that have not expired. */
export class Endpoints {
  readonly #byToken = new Map<string, Endpoint>();
  readonly #clock: OwnedClock;
  readonly #settings: Settings;
  readonly #secrets: Secrets;
  readonly #events: EventHub;
  /** Called when an endpoint expires, to drop its sockets. */
  onExpired: (endpoint: Endpoint) => void = () => undefined;

  constructor(settings: Settings, clock: OwnedClock, secrets: Secrets, events: EventHub) {
    this.#settings = settings;
    this.#clock = clock;
    this.#secrets = secrets;
    this.#events = events;
  }

  create(drive: Drive, user: User, applicationId: string): Endpoint {
    const lifetimeMs = this.#settings.pace.lifetimeMs;
    const endpoint: Endpoint = {
      id: this.#secrets.guid(),
      token: `w1-${this.#secrets.guid()}`,
      clientState: `system-managed:${this.#secrets.guid().toUpperCase()}`,
      expiresMs: this.#clock.now() + lifetimeMs,
      drive,
      user,
      applicationId,
      cancelExpiry: () => undefined,
    };
    endpoint.cancelExpiry = this.#clock.after(lifetimeMs, () => {
      this.expire(endpoint);
    });
    this.#byToken.set(endpoint.token, endpoint);
    return endpoint;
  }

  byToken(token: string): Endpoint | undefined {
    return this.#byToken.get(token);
  }

  all(): Endpoint[] {
    return [...this.#byToken.values()];
  }

  expire(endpoint: Endpoint): void {
    endpoint.cancelExpiry();
    if (!this.#byToken.delete(endpoint.token)) return;
    this.#events.emit({ type: 'expired', endpointId: endpoint.id });
    this.onExpired(endpoint);
  }
}

/** Formats a time as Graph does for an endpoint's expiry, with seven fractional digits. */
export function sevenDigits(ms: number): string {
  return new Date(ms).toISOString().replace('Z', '0000Z');
}
