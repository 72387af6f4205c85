import { describe, expect, it } from '@jest/globals';
import { Acknowledgements } from '../../../src/api/acknowledgements.ts';
import type { WatchEvent } from '../../../src/events.ts';

const change = (id: string): WatchEvent => ({ type: 'change', time: 0, target: 'me', change: 'created', item: { id, folder: false }, via: 'push' });

/** Hands out a change for each id; returns the events, and the copies that the caller got. */
function handOut(acknowledgements: Acknowledgements, ...ids: string[]): { given: object[]; events: WatchEvent[] } {
  const events = ids.map(change);
  const given = events.map((event) => ({ ...event }));
  given.forEach((each, index) => { acknowledgements.handOut(each, events[index]!); });
  return { given, events };
}

function checkpoint(acknowledgements: Acknowledgements, name: string, committed: string[]): Promise<void> {
  return acknowledgements.checkpoint({ type: 'checkpoint', time: 0, target: 'me', commit: () => Promise.resolve(void committed.push(name)) });
}

describe('acknowledgements', () => {
  it('let a checkpoint pass only once everything before it is acknowledged', async () => {
    const acknowledgements = new Acknowledgements();
    const committed: string[] = [];
    const { given: [a, b, c] } = handOut(acknowledgements, 'a', 'b');
    await checkpoint(acknowledgements, 'after b', committed);
    await acknowledgements.acknowledge(a!);
    expect(committed).toEqual([]);
    await acknowledgements.acknowledge(b!);
    expect(committed).toEqual(['after b']);
    expect(c).toBeUndefined();
  });

  it('let a checkpoint with nothing before it pass at once', async () => {
    const committed: string[] = [];
    await checkpoint(new Acknowledgements(), 'first', committed);
    expect(committed).toEqual(['first']);
  });

  it('include all earlier events, in order, and never move back', async () => {
    const acknowledgements = new Acknowledgements();
    const committed: string[] = [];
    const one = handOut(acknowledgements, 'a', 'b');
    await checkpoint(acknowledgements, '1', committed);
    const two = handOut(acknowledgements, 'c');
    await checkpoint(acknowledgements, '2', committed);
    await acknowledgements.acknowledge(two.given[0]!);
    await acknowledgements.acknowledge(one.given[0]!);
    expect(committed).toEqual(['1', '2']);
    expect(acknowledgements.taken).toBe(two.events[0]);
  });

  it('of anything but a change keep the last change before it', async () => {
    const acknowledgements = new Acknowledgements();
    const { events } = handOut(acknowledgements, 'a');
    const ready = {};
    acknowledgements.handOut(ready, { type: 'ready', time: 0, target: 'me' });
    await acknowledgements.acknowledge(ready);
    expect(acknowledgements.taken).toBe(events[0]);
  });

  it('refuse events that were not handed out', () => {
    const acknowledgements = new Acknowledgements();
    const { given } = handOut(acknowledgements, 'a');
    expect(() => acknowledgements.acknowledge({ ...given[0] })).toThrow('Not an event of this stream.');
  });

  it('store nothing more once something could not be stored', async () => {
    const acknowledgements = new Acknowledgements();
    const committed: string[] = [];
    await expect(acknowledgements.checkpoint({ type: 'checkpoint', time: 0, target: 'me', commit: () => Promise.reject(new Error('disk full')) })).rejects.toThrow('disk full');
    await expect(checkpoint(acknowledgements, 'next', committed)).rejects.toThrow('disk full');
    expect(committed).toEqual([]);
  });

  it('report when everything is acknowledged', async () => {
    const acknowledgements = new Acknowledgements();
    await acknowledgements.all();
    const { given } = handOut(acknowledgements, 'a', 'b');
    let all = false;
    const waiting = acknowledgements.all().then(() => { all = true; });
    await acknowledgements.acknowledge(given[0]!);
    await Promise.resolve();
    expect(all).toBe(false);
    await acknowledgements.acknowledge(given[1]!);
    await waiting;
  });
});
