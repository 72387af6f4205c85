import type { CommandContext } from '../../app/context.ts';
import { worse } from '../../app/exit-codes.ts';
import { report } from '../../app/report.ts';
import { targetName, type Target } from '../../graph/targets.ts';
import { safeText } from '../../output/safe-text.ts';
import { findDrives, needsLookUp, type FindTargetOptions, type FoundTarget } from '../finding/find-target.ts';
import type { TargetLine } from './target-lines.ts';

/** TargetEntry is one of many targets. */
export interface TargetEntry {
  target: Target;
  /** As in every record. */
  name: string;
  /** A folder or a file in it: only that is watched. */
  below: string | undefined;
  label: string | undefined;
  /** The same key means the same target, and the same part of it. */
  key: string;
}

/** LineFinder knows which targets the lines of a list mean, as far as Graph has said. */
export class LineFinder {
  readonly #context: CommandContext;
  /** Of the lines that were looked up, by what they want. */
  readonly #found = new Map<string, FoundTarget[]>();
  /** The worst exit code of a line that leads nowhere. */
  worst = 0;

  constructor(context: CommandContext) {
    this.#context = context;
  }

  /** Returns the targets that are known, by key. A target that comes twice counts once, with its first label. */
  targets(lines: readonly TargetLine[]): Map<string, TargetEntry> {
    const targets = new Map<string, TargetEntry>();
    for (const line of lines) {
      for (const { target, below, name: title } of this.#foundOf(line)) {
        const name = targetName(target);
        const key = `${name}${below ?? ''}`;
        if (!targets.has(key)) targets.set(key, { target, name, below, label: labelOf(line, title), key });
      }
    }
    return targets;
  }

  /** Returns whether it is known what a line means; a line that led nowhere is not. */
  knows(line: TargetLine): boolean {
    return !needsLookUp(line.wanted) || this.#found.has(askedFor(line));
  }

  /** Returns the lines that Graph has to be asked about: those of which nothing is known, and sites, which may have a new library. */
  toLookUp(lines: readonly TargetLine[]): TargetLine[] {
    return lines.filter((line) => line.wanted.kind === 'site' || !this.knows(line));
  }

  /** Looks a line up, and resolves with whether it leads anywhere. If not, that is reported, with its number; what was known of it before stays. Rejects once `signal` aborts. */
  async lookUp(line: TargetLine, options: Omit<FindTargetOptions, 'what'>): Promise<boolean> {
    const { people, settings: { debug, cloud } } = this.#context;
    const title = titleOf(line);
    try {
      const found = await findDrives(this.#context, line.wanted, { ...options, what: `look up ${title}` });
      this.#found.set(askedFor(line), found);
      const names = found.map(({ name, target }) => name ?? targetName(target));
      people.say(safeText(`${title}: ${names.join(', ')}`));
      return true;
    } catch (error) {
      options.signal.throwIfAborted();
      this.worst = worse(this.worst, report(error, people, { debug, cloud, target: title }));
      return false;
    }
  }

  #foundOf(line: TargetLine): readonly FoundTarget[] {
    const { wanted } = line;
    if (!needsLookUp(wanted)) return wanted.kind === 'target' ? [{ target: wanted.target, below: undefined, name: undefined }] : [];
    return this.#found.get(askedFor(line)) ?? [];
  }
}

/** `askedFor` returns what a line wants, as text: the same text leads to the same targets. */
export function askedFor({ wanted }: TargetLine): string {
  return JSON.stringify(wanted);
}

/** A site's libraries are distinguished by name. */
function labelOf({ wanted, label }: TargetLine, title: string | undefined): string | undefined {
  if (wanted.kind !== 'site') return label;
  return label === undefined || title === undefined ? label ?? title : `${label}/${title}`;
}

/** The only line of a command is named by what it wants; an address may be a secret link. */
function titleOf({ wanted, label, number }: TargetLine): string {
  if (number === 0) return wanted.kind === 'site' ? wanted.site : 'the target';
  return `line ${number}${label === undefined ? '' : ` (${label})`}`;
}
