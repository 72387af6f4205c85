import { expect, it } from '@jest/globals';
import { createContext } from '../../../src/app/create-context.ts';
import { execute } from '../../../src/cli/execute.ts';
import { fakeSurroundings } from '../../support/fake-surroundings.ts';

it('gives a context derived from another one its own network and request pace', async () => {
  await execute({}, async (outer) => {
    const { context, close } = createContext(outer);
    expect(context.pace).not.toBe(outer.pace);
    expect(await context.network()).not.toBe(await outer.network());
    await close();
  }, fakeSurroundings());
  expect.assertions(2);
});
