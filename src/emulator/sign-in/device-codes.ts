import type { EmulatorClock } from '../clock.ts';
import type { User } from '../graph/directory/directory.ts';
import type { Secrets } from '../secrets.ts';
import { SignInError } from './errors.ts';
import type { Grant } from './tokens.ts';

/** The lifetime that Entra documents. */
export const DEVICE_CODE_LIFETIME_SECONDS = 900;
/** How much the interval grows with each `slow_down` (RFC 8628, 3.5). */
const SLOW_DOWN_SECONDS = 5;

export interface DeviceCode {
  deviceCode: string;
  userCode: string;
  clientId: string;
  scopes: readonly string[];
  expiresMs: number;
  intervalSeconds: number;
  lastPollMs: number | undefined;
  decision: 'pending' | 'declined' | { user: User };
}

/** DeviceCodes holds the device authorization grants (RFC 8628) in progress. */
export class DeviceCodes {
  readonly #byDeviceCode = new Map<string, DeviceCode>();
  readonly #clock: EmulatorClock;
  readonly #secrets: Secrets;
  readonly #intervalSeconds: number;

  constructor(clock: EmulatorClock, secrets: Secrets, intervalSeconds: number) {
    this.#clock = clock;
    this.#secrets = secrets;
    this.#intervalSeconds = intervalSeconds;
  }

  start(clientId: string, scopes: readonly string[]): DeviceCode {
    const code: DeviceCode = {
      deviceCode: this.#secrets.word(),
      userCode: this.#secrets.userCode(),
      clientId,
      scopes,
      expiresMs: this.#clock.now() + DEVICE_CODE_LIFETIME_SECONDS * 1000,
      intervalSeconds: this.#intervalSeconds,
      lastPollMs: undefined,
      decision: 'pending',
    };
    this.#sweep();
    this.#byDeviceCode.set(code.deviceCode, code);
    return code;
  }

  /** Returns the pending code that a user typed, ignoring case, hyphens and spaces. */
  pending(typed: string): DeviceCode | undefined {
    const userCode = typed.replaceAll(/[^a-z0-9]/gi, '').toUpperCase();
    for (const code of this.#byDeviceCode.values()) {
      if (code.userCode === userCode && code.decision === 'pending' && code.expiresMs > this.#clock.now()) return code;
    }
    return undefined;
  }

  /** Answers a client that polls for its token; throws the errors of the device flow until the user has approved. */
  poll(deviceCode: string, clientId: string): Grant & { user: User } {
    const code = this.#byDeviceCode.get(deviceCode);
    if (code?.clientId !== clientId) {
      throw new SignInError('bad_verification_code', 70018, 'Bad verification code.');
    }
    const now = this.#clock.now();
    if (code.expiresMs <= now) {
      this.#byDeviceCode.delete(deviceCode);
      throw new SignInError('expired_token', 70019, 'Verification code expired.');
    }
    if (code.decision === 'pending') {
      this.#checkPace(code, now);
      throw new SignInError(
        'authorization_pending',
        70016,
        'OAuth 2.0 device flow error. Authorization is pending. Continue polling.',
      );
    }
    // Approved or declined, the code is used up.
    this.#byDeviceCode.delete(deviceCode);
    if (code.decision === 'declined') {
      throw new SignInError('authorization_declined', 65004, 'User declined to consent to access the app.');
    }
    return { user: code.decision.user, clientId, scopes: code.scopes };
  }

  #checkPace(code: DeviceCode, now: number): void {
    const sinceMs = code.lastPollMs === undefined ? Infinity : now - code.lastPollMs;
    code.lastPollMs = now;
    // Half the interval is tolerated: timers fire early and network delays vary.
    if (sinceMs >= (code.intervalSeconds * 1000) / 2) return;
    code.intervalSeconds += SLOW_DOWN_SECONDS;
    throw new SignInError('slow_down', 70016, 'The client polls too often. Increase the polling interval.');
  }

  /** Forgets codes that expired long ago and are no longer polled for. */
  #sweep(): void {
    const long = this.#clock.now() - DEVICE_CODE_LIFETIME_SECONDS * 1000;
    for (const [key, { expiresMs }] of this.#byDeviceCode) {
      // They are in the order in which they were issued.
      if (expiresMs > long) return;
      this.#byDeviceCode.delete(key);
    }
  }
}
