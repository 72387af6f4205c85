import type { CommandContext } from '../app/context.ts';
import type { TokenSource } from '../auth/token-source.ts';
import type { Endpoint } from '../graph/endpoint.ts';
import type { GraphRequest } from '../graph/http.ts';
import type { Target } from '../graph/targets.ts';
import type { FirstContact } from '../net/first-contact.ts';
import type { Measured } from './measured.ts';
import type { PushTrial } from './push-trial.ts';

/** Journey is what the steps find on their way, for those that come after them. */
export interface Journey {
  readonly context: CommandContext;
  readonly tokens: TokenSource;
  readonly get: GraphRequest;
  /** Finds the drive that was named; absent if none was, and none can be guessed. */
  readonly findTarget: ((get: GraphRequest, signal: AbortSignal) => Promise<Target>) | undefined;
  /** Whether only the signed-in user's own drive is meant. */
  readonly isOwnDrive: boolean;
  /** The folder in which `--probe` may make a file. */
  readonly probeFolder: string | undefined;
  /** What nobody has measured on the live service. */
  readonly measured: Measured;
  /** Registers what ends something that outlives its step; all of these are awaited. */
  readonly onEnd: (end: () => void | Promise<void>) => void;
  /** Of the hosts, by name. */
  contacts: Map<string, FirstContact>;
  /** The permissions that the token carries, as far as that is known. */
  scopes: readonly string[] | undefined;
  target: Target | undefined;
  endpoint: Endpoint | undefined;
  push: PushTrial | undefined;
  /** Where delta stands. */
  deltaLink: string | undefined;
}

/** `hostsOf` returns the roots of the services that are used: Graph, and the sign-in service if a token has to come from there. */
export function hostsOf({ context: { settings }, tokens }: Pick<Journey, 'context' | 'tokens'>): string[] {
  const signsIn = tokens.kind === 'sign-in' || tokens.kind === 'app';
  return [...new Set([settings.graphUrl, ...(signsIn ? [settings.authority] : [])].map((url) => new URL(url).origin))];
}
