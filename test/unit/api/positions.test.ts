import { describe, expect, it } from '@jest/globals';
import { openPosition } from '../../../src/api/positions.ts';
import type { ChangesOptions } from '../../../src/api/options.ts';
import type { WatchContext } from '../../../src/app/context.ts';
import { fakeSurroundings } from '../../support/fake-surroundings.ts';

const context = { surroundings: fakeSurroundings() } as unknown as WatchContext;
const token = 't';

describe('the position of a stream', () => {
  it('is refused if it has no functions', async () => {
    for (const resume of [null, {}, { load: () => null }]) {
      await expect(openPosition({ token, resume } as unknown as ChangesOptions, context, new AbortController().signal)).rejects.toMatchObject({ category: 'usage' });
    }
  });

  it('is not waited for once the stream has ended', async () => {
    const ending = new AbortController();
    const opening = openPosition({ token, resume: { load: () => new Promise<string>(() => undefined), save: () => undefined } }, context, ending.signal);
    const reason = new Error('closed');
    ending.abort(reason);
    await expect(opening).rejects.toBe(reason);
  });

  it('that cannot be loaded ends the stream with the error', async () => {
    const error = new Error('no database');
    for (const load of [() => { throw error; }, () => Promise.reject(error)]) {
      await expect(openPosition({ token, resume: { load, save: () => undefined } }, context, new AbortController().signal)).rejects.toBe(error);
    }
  });
});
