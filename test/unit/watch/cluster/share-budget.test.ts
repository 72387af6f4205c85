import { expect, it } from '@jest/globals';
import { shareBudget } from '../../../../src/watch/cluster/share-budget.ts';

it.each<[number | undefined, number, number]>([[undefined, 1, 312], [undefined, 3, 104], [6_000, 40, 150], [100, 40, 10], [100, 0, 100]])('a budget of %s among %i members is %i each', (budget, members, each) => {
  const limits: number[] = [];
  shareBudget({ limitTo: (units) => { limits.push(units); } }, budget, members);
  expect(limits).toEqual([each]);
});
