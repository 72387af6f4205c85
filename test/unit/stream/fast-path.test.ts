import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { FastPath } from '../../../src/stream/fast-path.ts';

function start({ open = true } = {}) {
  const taken: unknown[][] = [];
  const fastPath = new FastPath('/notifications');
  const take = (values: unknown[]): void => { taken.push(values); };
  if (open) fastPath.open(take);
  return { fastPath, taken, take };
}

const event = (...values: unknown[]): string => `42/notifications,${JSON.stringify(['notification', ...values])}`;
const tick = (): Promise<void> => new Promise((resolve) => { process.nextTick(resolve); });

describe('the fast path', () => {
  it('takes notifications of its namespace, with all their arguments', () => {
    const { fastPath, taken } = start();
    expect(fastPath.takes(event('{"value":[1]}'))).toBe(true);
    expect(fastPath.takes(event({ value: [2] }, null, 'é\u2028'))).toBe(true);
    expect(taken).toEqual([['{"value":[1]}'], [{ value: [2] }, null, 'é\u2028']]);
  });

  it.each<[string, unknown]>([
    ['without an argument', '42/notifications,["notification"]'],
    ['with a comma too many', '42/notifications,["notification",]'],
    ['that asks for an acknowledgement', '42/notifications,17["notification","x"]'],
    ['of another event', '42/notifications,["notifications","x"]'],
    ['of another namespace', '42/other,["notification","x"]'],
    ['of a namespace with the same beginning', '42/notifications2,["notification","x"]'],
    ['of no namespace', '42["notification","x"]'],
    ['spelled differently', '42/notifications,["notificatio\\u006e","x"]'],
    ['with white space', '42/notifications, ["notification","x"]'],
    ['that is cut off', '42/notifications,["notification","x"'],
    ['with more after it', '42/notifications,["notification","x"]]'],
    ['that is an acknowledgement', '43/notifications,["notification","x"]'],
    ['that is binary', Buffer.from(event('x'))],
    ['that is a ping', '2'],
    ['that is empty', ''],
  ])('does not take a frame %s', (_name, frame) => {
    const { fastPath, taken } = start();
    expect(fastPath.takes(frame)).toBe(false);
    expect(taken).toEqual([]);
  });

  it('takes nothing before it is opened or after it is closed', () => {
    const { fastPath, taken, take } = start({ open: false });
    expect(fastPath.takes(event(1))).toBe(false);
    fastPath.open(take);
    expect(fastPath.takes(event(2))).toBe(true);
    fastPath.close();
    expect(fastPath.takes(event(3))).toBe(false);
    fastPath.open(take);
    expect(fastPath.takes(event(4))).toBe(false);
    expect(taken).toEqual([[2]]);
  });

  it('is closed by an event whose attachments may come later, even if it was not open yet', () => {
    for (const frame of ['451-/notifications,["notification",{"_placeholder":true,"num":0}]', '461-/notifications,1[{"_placeholder":true,"num":0}]']) {
      const { fastPath, take } = start({ open: false });
      fastPath.passed(frame);
      fastPath.open(take);
      expect(fastPath.takes(event(1))).toBe(false);
    }
  });

  it('takes nothing until the library has passed on the previous frame', async () => {
    const { fastPath } = start();
    fastPath.passed('2');
    fastPath.passed('42/notifications,1["notification",1]');
    expect(fastPath.takes(event(2))).toBe(false);
    await tick();
    expect(fastPath.takes(event(2))).toBe(true);
  });

  it('keeps the order of the wire with a library that passes frames on in the next tick, wherever a read ends', async () => {
    // Frames that take either path, in reads of any length.
    const reads = fc.array(fc.array(fc.constantFrom('short', 'long', 'ping'), { maxLength: 5 }), { maxLength: 8 });
    await fc.assert(fc.asyncProperty(reads, fc.boolean(), async (script, inTicks) => {
      const handedOn: unknown[] = [];
      const take = ([value]: unknown[]): void => { handedOn.push(value); };
      const fastPath = new FastPath('/notifications');
      fastPath.open(take);
      let sent = 0;
      for (const read of script) {
        for (const kind of read) {
          const frame = kind === 'ping' ? '2' : kind === 'long' ? `42/notifications,${sent}["notification",${sent}]` : event(sent);
          if (fastPath.takes(frame)) {
            sent += 1;
            continue;
          }
          if (kind !== 'ping') process.nextTick(take, [sent++]);
          fastPath.passed(frame);
        }
        // The next read is another callback, or comes from within a tick of this one.
        await (inTicks ? tick() : new Promise((resolve) => setImmediate(resolve)));
      }
      await tick();
      expect(handedOn).toEqual([...handedOn.keys()]);
      expect(handedOn).toHaveLength(sent);
    }));
  });
});
