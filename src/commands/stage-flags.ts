import { InvalidArgumentError, Option, type Command } from 'commander';
import type { ChangeKind } from '../events.ts';
import { duration } from './flag-values.ts';

/** The flags of `watch` that filter changes and act on events, as commander gives them. */
export interface StageFlags {
  path?: string[];
  change?: ChangeKind[];
  only?: 'files' | 'folders';
  by?: string[];
  notBy?: string[];
  notApp?: string[];
  onBusy?: 'queue' | 'drop';
  /** Milliseconds. */
  debounce?: number;
  batch?: boolean;
  failFast?: boolean;
  forward?: string;
  forwardHeader?: string[];
  forwardInsecure?: boolean;
}

const KINDS: readonly ChangeKind[] = ['created', 'modified', 'renamed', 'moved', 'deleted', 'unknown'];

/** Those flags, in the order of their help. */
export function addStageOptions(command: Command): Command {
  return command
    .option('--path <glob>', 'with --changes: only what matches, like \'/Reports/**\' or \'**/*.xlsx\' (repeatable)', collect)
    .option('--change <kinds>', `with --changes: only these, with commas: ${KINDS.join(', ')}`, kinds)
    .addOption(new Option('--only <what>', 'with --changes: only files, or only folders').choices(['files', 'folders']))
    .option('--by <user>', 'with --changes: only by this display name, address or id (repeatable)', collect)
    .option('--not-by <user>', 'with --changes: not by this one; me is whoever is signed in (repeatable)', collect)
    .option('--not-app <id>', 'with --changes: not through the app with this id (repeatable)', collect)
    .option('--forward <url>', 'post each event as JSON to https://, or to http:// on this machine')
    .option('--forward-header <header>', '\'Name: value\' to post with (repeatable)', collect)
    .option('--forward-insecure', 'post over plain http to another machine too')
    .addOption(new Option('--on-busy <what>', 'while the command or the forward is busy, events are queued (the default) or dropped').choices(['queue', 'drop']))
    .option('--debounce <duration>', 'act after so long a pause, on the last event of each item', duration)
    .option('--batch', 'act on all that wait at once: a JSON array')
    .option('--fail-fast', 'end the watch when the command or the forward fails (exit 6)');
}

function collect(value: string, before: readonly string[] = []): string[] {
  return [...before, value];
}

function kinds(value: string, before: readonly ChangeKind[] = []): ChangeKind[] {
  const named = value.split(',').map((kind) => kind.trim().toLowerCase());
  const found = named.map((name) => KINDS.find((kind) => kind === name));
  const known = found.filter((kind) => kind !== undefined);
  if (known.length < named.length) throw new InvalidArgumentError(`It has to be one or more of ${KINDS.join(', ')}.`);
  return [...before, ...known];
}
