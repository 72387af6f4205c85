import { expect, it } from '@jest/globals';
import { DriveIndex } from '../../../src/changes/index/drive-index.ts';
import { LeaseLost } from '../../../src/cluster/lease.ts';
import { leasePositions } from '../../../src/watch/lease-positions.ts';
import { fakeLease } from '../../support/fake-lease.ts';

const listed = { target: 'drive:b!x' };
const position = { cursor: 'https://graph.microsoft.com/delta?token=2', at: 7 };

it('begins where the owner before stopped, without what that one knew of the tree', async () => {
  const store = leasePositions(fakeLease(listed, { ...position, drive: 'd' }), 'drive:b!x');
  expect(store.stored).toEqual({ position, index: false });
  expect(await store.restore(new DriveIndex(), () => undefined)).toEqual(new Map());
  expect(store.overgrown).toBe(false);
});

it('has nothing to begin with if nobody owned the target before', () => {
  expect(leasePositions(fakeLease(listed), 'drive:b!x').stored).toBeUndefined();
});

it('keeps a position with the id of its drive, and only its cursor and time', async () => {
  const committed: unknown[] = [];
  const lease = fakeLease(listed);
  const store = leasePositions({ ...lease, commit: (each) => Promise.resolve(void committed.push(each)) }, 'drive:b!x');
  store.belongTo('d');
  await store.commit({ ...position, extra: 'x' } as typeof position, [], 0);
  await store.rewrite(position, new DriveIndex());
  expect(committed).toEqual([{ ...position, drive: 'd' }, { ...position, drive: 'd' }]);
});

it('refuses a drive that is not the one of the stored position', () => {
  const store = leasePositions(fakeLease(listed, { ...position, drive: 'd' }), 'drive:b!x');
  expect(() => { store.belongTo('d'); }).not.toThrow();
  expect(() => { store.belongTo('e'); }).toThrow('The cluster\'s position of drive:b!x belongs to another drive.');
});

it('writes nothing before a report, and nothing after it: the bucket has positions only', async () => {
  const lease = fakeLease(listed);
  const store = leasePositions(lease, 'drive:b!x');
  await store.logIntent([]);
  await store.logDone([]);
  await store.close();
  expect(lease.log).toEqual([]);
});

it('tells that the target was lost, so that it is not taken for a failure', async () => {
  const lease = fakeLease(listed);
  const store = leasePositions(lease, 'drive:b!x');
  lease.lose();
  await expect(store.commit(position, [], 0)).rejects.toThrow(LeaseLost);
});
