import { expect, it } from '@jest/globals';
import { DriveIndex } from '../../../../src/changes/index/drive-index.ts';
import { LeaseLost } from '../../../../src/cluster/lease.ts';
import { leasePositions } from '../../../../src/watch/cluster/lease-positions.ts';
import { fakeLease } from '../../../support/fake-lease.ts';

const listed = { target: 'drive:b!x' };
const position = { cursor: 'https://graph.microsoft.com/delta?token=2', at: 7 };

it('starts where the previous owner stopped, without its index', async () => {
  const store = leasePositions(fakeLease(listed, { ...position, drive: 'd' }), 'drive:b!x');
  expect(store.stored).toEqual({ position, index: false });
  expect(await store.restore(new DriveIndex(), () => undefined)).toEqual(new Map());
  expect(store.overgrown).toBe(false);
});

it('has no position if nobody owned the target before', () => {
  expect(leasePositions(fakeLease(listed), 'drive:b!x').stored).toBeUndefined();
});

it('stores a position with the id of its drive, and otherwise only its cursor and time', async () => {
  const committed: unknown[] = [];
  const lease = fakeLease(listed);
  const store = leasePositions({ ...lease, commit: (each) => Promise.resolve(void committed.push(each)) }, 'drive:b!x');
  store.belongTo('d');
  await store.commit({ ...position, extra: 'x' } as typeof position, [], 0);
  await store.rewrite(position, new DriveIndex());
  expect(committed).toEqual([{ ...position, drive: 'd' }, { ...position, drive: 'd' }]);
});

it('refuses a drive other than that of the stored position', () => {
  const store = leasePositions(fakeLease(listed, { ...position, drive: 'd' }), 'drive:b!x');
  expect(() => { store.belongTo('d'); }).not.toThrow();
  expect(() => { store.belongTo('e'); }).toThrow('The cluster\'s position of drive:b!x belongs to another drive.');
});

it('stores nothing before or after a report, since the bucket has only positions', async () => {
  const lease = fakeLease(listed);
  const store = leasePositions(lease, 'drive:b!x');
  await store.logIntent([]);
  await store.logDone([]);
  await store.close();
  expect(lease.log).toEqual([]);
});

it('reports that the target was lost, which is not a failure', async () => {
  const lease = fakeLease(listed);
  const store = leasePositions(lease, 'drive:b!x');
  lease.lose();
  await expect(store.commit(position, [], 0)).rejects.toThrow(LeaseLost);
});
