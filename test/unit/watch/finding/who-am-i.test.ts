import { describe, expect, it } from '@jest/globals';
import { whoAmIPatiently } from '../../../../src/watch/finding/who-am-i.ts';
import { WatchError } from '../../../../src/errors.ts';
import type { GraphAnswer, GraphGet } from '../../../../src/graph/http.ts';
import { createPeople } from '../../../../src/output/people.ts';
import { createRedactor } from '../../../../src/lib/redactor.ts';
import { fakeSurroundings } from '../../../support/fake-surroundings.ts';
import { steppedClock } from '../../../support/stepped-clock.ts';

const outage = new WatchError('network', 'Graph returned 503', { status: 503 });
const answer = (body: unknown): GraphAnswer => ({ status: 200, headers: {}, body });
const ADA = { owner: { user: { id: '1', displayName: 'Ada' } } };

/** Asks who is signed in, with these answers in order; the last one is repeated. */
function ask(...answers: (GraphAnswer | Error)[]) {
  const clock = steppedClock();
  const surroundings = fakeSurroundings({ clock });
  const people = createPeople({ stderr: surroundings.stderr, redactor: createRedactor(), quiet: false, debug: false, color: false });
  const stop = new AbortController();
  const paths: string[] = [];
  const get: GraphGet = (path) => {
    paths.push(path);
    const next = answers.length > 1 ? answers.shift() : answers[0];
    return next instanceof Error || next === undefined ? Promise.reject(next ?? new Error('no answer')) : Promise.resolve(next);
  };
  const found = whoAmIPatiently(get, { surroundings, people }, stop.signal).catch((error: unknown) => error);
  return { clock, found, paths, stderr: surroundings.stderr, stop };
}

describe('who is signed in', () => {
  it('is the owner of the signed-in user\'s drive', async () => {
    const { found, paths } = ask(answer(ADA));
    expect(await found).toEqual({ id: '1', displayName: 'Ada' });
    expect(paths).toEqual(['/me/drive?$select=owner']);
  });

  it('is requested again if that may help, which is reported', async () => {
    const { clock, found, stderr } = ask(outage, outage, answer(ADA));
    await clock.advance(1_500);
    expect(await found).toMatchObject({ id: '1' });
    expect(stderr.text).toBe(
      'couldn\'t find out who is signed in (Graph returned 503); retrying in 500 ms\ncouldn\'t find out who is signed in (Graph returned 503); retrying in 1 s\n',
    );
  });

  it('is given up after a minute, so that CI does not hang', async () => {
    const { clock, found } = ask(outage);
    await clock.advance(60_000);
    expect(await found).toBe(outage);
  });

  it('is not requested again if that cannot help, or if the drive has no owner', async () => {
    const refusal = new WatchError('refused', 'Graph returned 403', { status: 403 });
    const refused = ask(refusal);
    expect(await refused.found).toBe(refusal);
    const nobody = ask(answer({}));
    expect(await nobody.found).toMatchObject({ category: 'refused', hint: 'Specify the user, such as --not-by ada@contoso.com.' });
    expect([refused.paths.length, nobody.paths.length]).toEqual([1, 1]);
  });

  it('is no longer waited for when the watch ends', async () => {
    const { clock, found, paths, stop } = ask(outage);
    await clock.advance(0);
    const reason = new Error('Ctrl-C');
    stop.abort(reason);
    expect(await found).toBe(reason);
    expect(paths).toHaveLength(1);
  });
});
