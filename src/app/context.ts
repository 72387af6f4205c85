import type { KeyVault } from '../auth/store/key-vault.ts';
import type { RequestPace } from '../graph/request-pace.ts';
import type { Network } from '../net/network.ts';
import type { Send } from '../net/send.ts';
import type { Redactor } from '../lib/redactor.ts';
import type { Surroundings } from '../surroundings.ts';
import type { People } from '../output/people.ts';
import type { Settings } from './settings.ts';

/** Messages is where a watch reports what people should know. */
export type Messages = Pick<People, 'say' | 'warn' | 'debug' | 'debugs'>;

/** WatchContext is what a watch needs, whoever runs it: a command, or a program through the API. */
export interface WatchContext {
  readonly surroundings: Pick<Surroundings, 'env' | 'clock' | 'random'>;
  readonly settings: Settings;
  readonly redactor: Redactor;
  readonly people: Messages;
  /** The network, created at first use. */
  readonly network: () => Promise<Network>;
  /** One HTTP exchange over that network. */
  readonly send: Send;
  /** The budget of all requests to Graph, and the pauses that it asked for. */
  readonly pace: RequestPace;
  /** Ends everything. */
  readonly signal: AbortSignal;
  /** Replaces the operating system's keyring, which neither a demo nor a test should write to. */
  readonly vault?: KeyVault | undefined;
}

/** CommandContext is what every command is given. Its signal is aborted by Ctrl-C and SIGTERM; the reason is an `Interruption`. */
export interface CommandContext extends WatchContext {
  readonly surroundings: Surroundings;
  /** stderr, for people. */
  readonly people: People;
  /** Calls `listener` on a SIGHUP, which then interrupts nothing, unless a closed terminal sent it; returns a function that removes it. */
  readonly onHangup: (listener: () => void) => () => void;
  /**
   * Registers what has to be done, without waiting for anything, before the process ends immediately: at the second
   * Ctrl-C. Returns a function that removes it.
   */
  readonly onAbruptExit: (cleanup: () => void) => () => void;
  /** Prints a command's JSON answer: one compact line on stdout. */
  answer(value: unknown): Promise<void>;
  /** Prints text to stdout, unchanged. */
  print(text: string): Promise<void>;
}
