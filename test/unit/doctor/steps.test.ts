import { describe, expect, it } from '@jest/globals';
import type { Journey } from '../../../src/doctor/journey.ts';
import { runSteps, type Step, type StepName, type StepOutcome } from '../../../src/doctor/steps.ts';
import { WatchError } from '../../../src/errors.ts';
import { realClock } from '../../../src/surroundings.ts';

// The steps in these tests do not use it.
const journey = Object.freeze({}) as Journey;

async function outcomesOf(steps: readonly Step[], signal = new AbortController().signal, clock = realClock): Promise<{ outcomes: StepOutcome[]; started: StepName[] }> {
  const started: StepName[] = [];
  const outcomes: StepOutcome[] = [];
  for await (const outcome of runSteps(steps, journey, { signal, clock, onStart: (step) => started.push(step) })) outcomes.push(outcome);
  return { outcomes, started };
}

const fine = (name: StepName, needs: readonly StepName[] = [], skipped = false): Step => ({ name, needs, run: () => Promise.resolve({ detail: 'fine', skipped }) });
const bad = (name: StepName, needs: readonly StepName[] = [], error: Error = new WatchError('network', 'no way', { hint: 'Walk.' })): Step => ({ name, needs, run: () => Promise.reject(error) });

describe('runSteps', () => {
  it('skips steps that depend on a failed one, directly or not, and names that one', async () => {
    const { outcomes, started } = await outcomesOf([fine('settings'), bad('tls', ['settings']), fine('graph', ['tls']), fine('delta', ['graph']), fine('clock', ['settings'])]);
    expect(outcomes.map(({ step, result, detail }) => [step, result, detail])).toEqual([
      ['settings', 'ok', 'fine'], ['tls', 'failed', 'no way'], ['graph', 'skipped', 'not tested: tls failed'], ['delta', 'skipped', 'not tested: tls failed'], ['clock', 'ok', 'fine'],
    ]);
    expect(outcomes[1]).toMatchObject({ advice: 'Walk.', error: { category: 'network' } });
    expect(started).toEqual(['settings', 'tls', 'clock']);
  });

  it('runs what comes after a step that had nothing to do', async () => {
    const { outcomes } = await outcomesOf([fine('dns', [], true), fine('tls', ['dns'])]);
    expect(outcomes.map(({ result, ms }) => [result, typeof ms])).toEqual([['skipped', 'object'], ['ok', 'number']]);
  });

  it('ends a step that never answers, and aborts what it waits for', async () => {
    let ended: AbortSignal | undefined;
    const stuck: Step = { name: 'websocket', needs: [], limitMs: () => 7_000, run: (_journey, signal) => { ended = signal; return new Promise(() => undefined); } };
    const { outcomes } = await outcomesOf([stuck, fine('delta')], undefined, { now: Date.now, sleep: (ms, limit) => realClock.sleep(ms === 7_000 ? 0 : ms, limit) });
    expect(outcomes[0]).toMatchObject({ result: 'failed', detail: 'no response within 7 s', error: { category: 'network', code: 'timeout' } });
    expect(outcomes[1]?.result).toBe('ok');
    expect(ended?.aborted).toBe(true);
  });

  it('treats anything but a WatchError as a bug, and continues', async () => {
    const { outcomes } = await outcomesOf([bad('graph', [], new TypeError('x is not a function')), fine('delta')]);
    expect(outcomes[0]).toMatchObject({ result: 'failed', error: { category: 'internal' } });
    expect(outcomes[1]?.result).toBe('ok');
  });

  it('stops with the signal\'s reason', async () => {
    const stop = new AbortController();
    const interrupted: Step = { name: 'ping', needs: [], run: () => { stop.abort(new Error('Ctrl-C')); return Promise.reject(new Error('cut off')); } };
    await expect(outcomesOf([interrupted, fine('delta')], stop.signal)).rejects.toThrow('Ctrl-C');
  });
});
