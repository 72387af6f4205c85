import { Chalk } from 'chalk';
import type { CommandContext } from '../app/context.ts';
import { toError } from '../errors.ts';
import { targetKey, type ChangeEvent, type CheckpointEvent, type Origin, type WatchEvent } from '../events.ts';
import type { Bursts } from '../output/bursts.ts';
import { prettyLine, type Fit, type PrettyEvent } from '../output/pretty.ts';
import { safeText } from '../output/safe-text.ts';
import { isInteractive, roomOn } from '../output/terminal.ts';
import type { Output } from '../surroundings.ts';

/** PrettyOutput writes events for people: changes and notifications to stdout, everything else to stderr. */
export interface PrettyOutput {
  /** What it returns, if anything, resolves when the next may come. */
  event(event: Exclude<WatchEvent, CheckpointEvent>, origin: Origin | undefined): Promise<void> | undefined;
  /** Writes what is held back. */
  flush(): void;
}

export interface PrettyOutputOptions {
  /** Whether there are several drives: then each line says which one. */
  targets: () => boolean;
  /** Notifications only: `--changes` is suggested, once. */
  notificationsOnly: boolean;
  /** Several changes at once may be one line. */
  sumUp: boolean;
  /** Finds out what people call the drive, with one request. */
  name: (() => Promise<string | undefined>) | undefined;
  /** The events are from a recording. */
  recorded: boolean;
  /** Aborted when the watch ends. */
  stopping: AbortSignal;
  /** Writes a line for these events to stdout. */
  write: (line: string, origins: readonly (Origin | undefined)[]) => Promise<void> | undefined;
}

/** The line that says that a watch is ready waits this long for the drive's name, in milliseconds; nothing else does. */
const NAME_WITHIN_MS = 500;

/** Columns. */
const WIDEST_TARGET = 24;

type Shown = ChangeEvent & { label?: string };

/** `createPrettyOutput` creates the output of one watch. On an interactive terminal, every line fits the screen. */
export function createPrettyOutput(context: CommandContext, options: PrettyOutputOptions): PrettyOutput {
  const { surroundings, settings: { color, quiet }, people } = context;
  const { stdout, stderr, clock } = surroundings;
  const chalkFor = (stream: Output): InstanceType<typeof Chalk> => new Chalk({ level: color ?? stream.isTTY === true ? 1 : 0 });
  const [paintOut, paintErr] = [chalkFor(stdout), chalkFor(stderr)];
  const interactive = isInteractive(surroundings);
  const connected = new Set<string>();
  const origins = new WeakMap<WatchEvent, Origin | undefined>();
  let name: string | undefined;
  let isNameWanted = options.name !== undefined && interactive && !quiet && !options.recorded;
  let isHintWanted = options.notificationsOnly && interactive;
  let waiting: (() => void) | undefined;
  let showChange: ((event: Shown) => void) | undefined;
  let bursts: Bursts<Shown> | undefined;
  /** Resolves when stdout takes more. */
  let room: Promise<void> | undefined;

  const fitOn = async (stream: Output): Promise<Fit | undefined> => {
    if (roomOn(stream) === undefined) return undefined;
    // Measuring the width of text takes 20 ms to load. Only a terminal needs it, where the spinner has loaded it already.
    const { fitted } = await import('../output/fit.ts');
    return (before, texts, how) => {
      const columns = roomOn(stream);
      return columns === undefined ? texts[0] ?? '' : fitted(before, texts, how, columns);
    };
  };
  let widest = 0;
  /** Aligned with those so far; ids of drives are too long for a screen. */
  const target = (event: PrettyEvent): string | undefined => {
    if (!options.targets()) return undefined;
    const called = Array.from(new Intl.Segmenter().segment(safeText(event.label ?? event.target)), ({ segment }) => segment);
    const shown = called.length > WIDEST_TARGET && interactive ? `${called.slice(0, WIDEST_TARGET - 1).join('')}…` : called.join('');
    widest = Math.max(widest, Math.min(called.length, WIDEST_TARGET));
    return shown.padEnd(widest);
  };
  const line = (event: PrettyEvent, chalk: InstanceType<typeof Chalk>, fit: Fit | undefined): string =>
    prettyLine(event, { chalk, now: clock.now(), target: target(event), everConnected: connected.has(targetKey(event)), recorded: options.recorded, name, fit });

  const flush = (): void => {
    const say = waiting;
    waiting = undefined;
    say?.();
    bursts?.flush();
  };
  const say = (event: PrettyEvent, fit: Fit | undefined): void => {
    flush();
    people.say(line(event, paintErr, fit).trimEnd());
  };
  /** Asked after the first `ready`: nothing depends on the answer, and if it fails, the target is called what the user called it. */
  const sayReady = async (event: PrettyEvent): Promise<void> => {
    const fit = await fitOn(stderr);
    flush();
    waiting = () => { people.say(line(event, paintErr, fit).trimEnd()); };
    const over = new AbortController();
    const asked = options.name?.().then((found) => { name = found; }, (error: unknown) => { people.debug(`no name for the drive: ${toError(error).message}`); });
    void Promise.race([asked, clock.sleep(NAME_WITHIN_MS, AbortSignal.any([options.stopping, over.signal]))]).then(() => {
      over.abort();
      flush();
    });
  };
  const startChanges = async (): Promise<(event: Shown) => void> => {
    // Loaded with the first change, for the same reason.
    const { ChangeLines } = await import('../output/pretty-change.ts');
    const lines = new ChangeLines({ chalk: paintOut, targets: options.targets, room: () => roomOn(stdout), links: await knowsLinks(stdout), now: () => clock.now() });
    const write = (events: readonly [Shown, ...Shown[]]): void => {
      room = options.write(events.length === 1 ? lines.line(events[0]) : lines.burst(events), events.map((event) => origins.get(event))) ?? room;
    };
    if (!interactive || !options.sumUp) return (event) => { write([event]); };
    const { Bursts } = await import('../output/bursts.ts');
    bursts = new Bursts(write);
    return (event) => { bursts?.add(event); };
  };
  const change = async (event: Shown, origin: Origin | undefined): Promise<void> => {
    showChange ??= await startChanges();
    if (waiting !== undefined) flush();
    origins.set(event, origin);
    showChange(event);
    await room;
  };
  const notification = async (event: PrettyEvent, origin: Origin | undefined): Promise<void> => {
    const fit = await fitOn(stdout);
    flush();
    await options.write(line(event, paintOut, fit), [origin]);
    if (!isHintWanted) return;
    isHintWanted = false;
    people.say('Notifications don\'t say what changed; --changes does.');
  };

  return {
    event(event, origin) {
      if (event.type === 'change') return change(event, origin);
      if (event.type === 'notification') {
        if (roomOn(stdout) !== undefined) return notification(event, origin);
        return options.write(line(event, paintOut, undefined), [origin]);
      }
      if (event.type === 'ready') {
        connected.add(targetKey(event));
        if (isNameWanted) {
          isNameWanted = false;
          return sayReady(event);
        }
      }
      // The error that ended it is reported as well, except in a replay.
      if (event.type === 'end' && event.failed && !options.recorded) return undefined;
      if (roomOn(stderr) !== undefined) return fitOn(stderr).then((fit) => { say(event, fit); });
      say(event, undefined);
      return undefined;
    },
    flush,
  };
}

/** Whether the terminal makes links of what is written as such. */
async function knowsLinks(stdout: Output): Promise<boolean> {
  if (stdout.isTTY !== true) return false;
  const { createSupportsHyperlinks } = await import('supports-hyperlinks');
  return createSupportsHyperlinks({ isTTY: true });
}
