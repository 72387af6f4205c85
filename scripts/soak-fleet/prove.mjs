import { judgeStream } from './judge.mjs';
import { judgeOwners } from './owners.mjs';

/** Shows the judges one case of everything that they look for, and throws if one does not find it: zeros from a blind judge are worth nothing. */
export function proveJudges() {
  const sent = new Map([['d', [1, 2, 3, 4]]]);
  const stored = (numbers) => numbers.map((number) => ({ drive: 'd', number, member: 'm1', at: 10, change: 'created' }));
  expect('in order', judgeStream(sent, stored([1, 2, 3, 4])), { lost: 0, duplicates: 0, reordered: 0, strange: 0 });
  expect('lost', judgeStream(sent, stored([1, 2, 4])), { lost: 1, duplicates: 0, reordered: 0, strange: 0 });
  expect('stored twice', judgeStream(sent, stored([1, 2, 2, 3, 4])), { lost: 0, duplicates: 1, reordered: 0, strange: 0 });
  expect('out of order', judgeStream(sent, stored([1, 3, 2, 4])), { lost: 0, duplicates: 0, reordered: 1, strange: 0 });
  expect('never written', judgeStream(sent, stored([1, 2, 3, 4, 5])), { lost: 0, duplicates: 0, reordered: 0, strange: 1 });

  const member = (id) => ({ key: `shared.member.${id}`, value: '{}' });
  const gone = (id) => ({ key: `shared.member.${id}`, value: undefined });
  const target = (owner, generation, sequence) => ({
    key: 'target.drive=3Ad', value: JSON.stringify({ owner, generation, position: { cursor: `https://graph/delta?token=${encodeURIComponent(Buffer.from(`g;${sequence};0;0`).toString('base64'))}`, at: 0 } }),
  });
  const owners = (...history) => judgeOwners({ history: history.map((entry, index) => ({ ...entry, revision: index + 1, at: index })), stored: [], thrown: [] }).violations;
  const [two, another, back] = ['owned by two at once', 'written by someone other than the owner', 'positions that went backwards'];
  const joined = [member('m1.a'), member('m2.a')];
  expect('given up in order', owners(...joined, target('m1.a', 1, 5), target(undefined, 1, 6), target('m2.a', 2, 6)), { [two]: 0, [another]: 0, [back]: 0 });
  expect('given up by others', owners(...joined, target('m1.a', 1, 5), gone('m1.a'), target('m1.a', 1, 6), target('m2.a', 2, 6)), { [two]: 0, [another]: 0, [back]: 0 });
  expect('taken from one that lives', owners(...joined, target('m1.a', 1, 5), target('m2.a', 2, 5)), { [two]: 1, [another]: 0, [back]: 0 });
  expect('written by the owner of yesterday', owners(...joined, target('m1.a', 1, 5), target(undefined, 1, 5), target('m2.a', 2, 5), target('m1.a', 1, 6)), { [two]: 0, [another]: 1, [back]: 0 });
  expect('taken without a new generation', owners(...joined, target('m1.a', 1, 5), target('m2.a', 1, 5)), { [two]: 0, [another]: 1, [back]: 0 });
  expect('a position that goes back', owners(...joined, target('m1.a', 1, 5), target('m1.a', 1, 4)), { [two]: 0, [another]: 0, [back]: 1 });
}

function expect(what, found, counts) {
  for (const [name, count] of Object.entries(counts)) {
    if (found[name].length !== count) throw new Error(`The soak's judges are wrong about "${what}": ${name} is ${found[name].length}, and should be ${count}.`);
  }
}
