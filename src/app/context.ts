import type { KeyVault } from '../auth/store/key-vault.ts';
import type { Network } from '../net/network.ts';
import type { Send } from '../net/send.ts';
import type { Redactor } from '../lib/redactor.ts';
import type { Surroundings } from '../surroundings.ts';
import type { People } from '../output/people.ts';
import type { Settings } from './settings.ts';

/** What every command is given. */
export interface CommandContext {
  readonly surroundings: Surroundings;
  readonly settings: Settings;
  readonly redactor: Redactor;
  /** stderr, for people. */
  readonly people: People;
  /** The way out, made at first use. */
  readonly network: () => Promise<Network>;
  /** One HTTP exchange over that network. */
  readonly send: Send;
  /** Aborted by Ctrl-C and SIGTERM; its reason is an `Interruption`. */
  readonly signal: AbortSignal;
  /** Calls `listener` on a SIGHUP that no closed terminal has sent, which then interrupts nothing; returns what takes it back. */
  readonly onHangup: (listener: () => void) => () => void;
  /**
   * Registers what has to be done, without waiting for anything, before a process ends at once: at the second
   * Ctrl-C. Returns what takes it back.
   */
  readonly onAbruptExit: (cleanup: () => void) => () => void;
  /** Instead of the operating system's keyring, which neither a demo nor a test should write to. */
  readonly vault?: KeyVault | undefined;
  /** A command's JSON answer: one compact line on stdout. */
  answer(value: unknown): Promise<void>;
  /** Text on stdout as it is. */
  print(text: string): Promise<void>;
}
