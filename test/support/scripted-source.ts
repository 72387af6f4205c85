import type { DeltaGone, DeltaPage, DeltaStart, DriveSource } from '../../src/delta.ts';

type Answer = DeltaPage | DeltaGone | Error;

/** A drive of which each answer is the test's. */
export interface ScriptedSource extends DriveSource {
  /** Answers to the coming requests for a cursor's link, of which the last page moves the cursor on; when there is none left: nothing new, and the same cursor. */
  readonly rounds: Record<string, unknown>[][];
  /** Answers by `latest`, `beginning` or a link, instead of the above; each is given until it is replaced. */
  readonly answers: Map<string, Answer | (() => Answer | Promise<Answer>)>;
  /** Answers to look-ups by id: an item, nothing, or a failure. */
  readonly folders: Map<string, unknown>;
  /** Every request, as `latest`, `beginning`, a link, or `item <id>`. */
  readonly asked: string[];
  /** The link of the cursor that was given last. */
  readonly cursor: string;
  /** When the service says that it answers, by its own clock. */
  at: (() => number) | undefined;
}

export const LINK = 'https://graph.example/delta?token=';

export function scriptedSource(): ScriptedSource {
  let cursor = 0;
  const source: ScriptedSource = {
    get cursor() {
      return `${LINK}${cursor}`;
    },
    rounds: [], answers: new Map(), folders: new Map(), asked: [], at: undefined,
    async page(start: DeltaStart) {
      const key = typeof start === 'string' ? start : 'link' in start ? start.link : `since ${start.since}`;
      source.asked.push(key);
      const scripted = source.answers.get(key);
      const answer = typeof scripted === 'function' ? await scripted() : scripted;
      if (answer instanceof Error) throw answer;
      if (answer !== undefined) return answer;
      const items = typeof start === 'string' ? [] : source.rounds.shift() ?? [];
      if (items.length > 0 || typeof start === 'string') cursor += 1;
      return { items, cursor: `${LINK}${cursor}`, ...(source.at === undefined ? {} : { at: source.at() }) };
    },
    linkSince: (since) => `${LINK}since-${since}`,
    item(id) {
      source.asked.push(`item ${id}`);
      const answer = source.folders.get(id);
      return answer instanceof Error ? Promise.reject(answer) : Promise.resolve(answer);
    },
  };
  return source;
}
