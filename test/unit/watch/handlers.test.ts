import { describe, expect, it } from '@jest/globals';
import { allOf, type Handler } from '../../../src/watch/handlers.ts';

function handler(changes: Partial<Handler> = {}): Handler {
  const nothing = (): Promise<void> => Promise.resolve();
  return { failed: new AbortController().signal, undone: 0, add: nothing, checkpoint: (_event, commit) => commit(), drain: nothing, forget: () => undefined, doneUpTo: (_stream, last) => last, close: nothing, ...changes };
}

describe('several handlers as one', () => {
  it.each<[number[], number]>([[[], 0], [[0], 0], [[2, 5, 0], 5]])('have as many events undone as the one with the most: of %j, %j', (undone, most) => {
    expect(allOf(undone.map((each) => handler({ undone: each }))).undone).toBe(most);
  });

  it('commit a checkpoint once each of them has passed it', async () => {
    const steps: string[] = [];
    const passing = (name: string): Handler => handler({ checkpoint: (_event, commit) => {
      steps.push(name);
      return commit();
    } });
    const commit = (): Promise<void> => Promise.resolve(void steps.push('commit'));
    await allOf([passing('first'), passing('second')]).checkpoint({ type: 'checkpoint', time: 0, target: 'me', commit }, commit);
    expect(steps).toEqual(['first', 'second', 'commit']);
  });
});
