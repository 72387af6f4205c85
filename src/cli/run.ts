import type { CommandContext } from '../app/context.ts';
import type { GlobalFlags } from '../app/settings.ts';

/** Run runs one command in a context made from the global flags; a number that it resolves with is the exit code. */
export type Run = (flags: GlobalFlags, command: (context: CommandContext) => Promise<unknown>) => Promise<void>;
