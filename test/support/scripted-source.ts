import type { DeltaGone, DeltaPage, DeltaStart, DriveSource } from '../../src/delta.ts';

type Answer = DeltaPage | DeltaGone | Error;

/** A drive whose every answer is set by the test. */
export interface ScriptedSource extends DriveSource {
  /** Answers to the next requests with a cursor's link, each of which advances the cursor; without any left, nothing new and the same cursor. */
  readonly rounds: Record<string, unknown>[][];
  /** Answers by `latest`, `beginning` or a link, which take precedence; each is repeated until it is replaced. */
  readonly answers: Map<string, Answer | (() => Answer | Promise<Answer>)>;
  /** Answers to look-ups by id: an item, `undefined`, or an error. */
  readonly folders: Map<string, unknown>;
  /** Every request, as `latest`, `beginning`, a link, or `item <id>`. */
  readonly asked: string[];
  /** The link of the latest cursor. */
  readonly cursor: string;
  /** The time of an answer by the service's clock. */
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
