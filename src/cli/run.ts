import type { CommandContext } from '../app/context.ts';
import type { GlobalFlags } from '../app/settings.ts';
import type { WatchError } from '../errors.ts';
import type { Surroundings } from '../surroundings.ts';

/**
 * Run runs one command in a context made from the global flags; a number that it resolves with is the exit code.
 * `onBadSettings` is called where the settings cannot be used, before that is reported.
 */
export type Run = (flags: GlobalFlags, command: (context: CommandContext) => Promise<unknown>, onBadSettings?: OnBadSettings) => Promise<void>;

export type OnBadSettings = (error: WatchError, surroundings: Surroundings) => Promise<void>;
