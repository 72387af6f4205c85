import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { LogEntry } from '../../../../src/emulator/drive/change-log.ts';
import type { Item } from '../../../../src/emulator/drive/item.ts';
import { contentOf, openDrive } from '../support/drive-folder.ts';
import type { DriveFolder } from '../support/drive-folder.ts';

type Operation =
  | { do: 'write'; path: string; size: number }
  | { do: 'mkdir'; path: string }
  | { do: 'rename'; from: string; to: string }
  | { do: 'delete'; path: string }
  | { do: 'read' };

const name = fc.constantFrom('a', 'b', 'c');
const path = fc.array(name, { minLength: 1, maxLength: 3 }).map((names) => names.join('/'));
const operation: fc.Arbitrary<Operation> = fc.oneof(
  { weight: 3, arbitrary: fc.record({ do: fc.constant('write' as const), path, size: fc.integer({ min: 0, max: 9 }) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('mkdir' as const), path }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('rename' as const), from: path, to: path }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('delete' as const), path }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('read' as const) }) },
);

/** Operations that the file system does not allow have no effect. */
async function perform(folder: string, op: Operation): Promise<void> {
  const at = (below: string): string => join(folder, below);
  const done = ((): Promise<unknown> => {
    switch (op.do) {
      case 'write':
        return writeFile(at(op.path), 'x'.repeat(op.size));
      case 'mkdir':
        return mkdir(at(op.path));
      case 'rename':
        return rename(at(op.from), at(op.to));
      case 'delete':
        return rm(at(op.path), { recursive: true });
      case 'read':
        return Promise.resolve();
    }
  })();
  await done.catch((error: unknown) => {
    expect(error).toHaveProperty('syscall');
  });
}

/** A client of delta: the items that it knows by id, updated from each answer. */
function follower(open: DriveFolder): { follow(): void; content(): Map<string, number> } {
  const known = new Map<string, Item>();
  let sequence = 0;
  const apply = ({ item }: LogEntry): void => {
    if (item.deleted) known.delete(item.id);
    else known.set(item.id, item);
  };
  const pathOf = (item: Item): string[] => {
    const parent = item.parentId === undefined ? undefined : known.get(item.parentId);
    return parent === undefined ? [] : [...pathOf(parent), item.name];
  };
  return {
    follow: () => {
      for (const entry of open.drive.log.after(sequence, Infinity, () => true)) apply(entry);
      sequence = open.drive.log.head;
    },
    content: () =>
      new Map(
        [...known.values()]
          .filter(({ parentId }) => parentId !== undefined)
          .map((item) => [`${pathOf(item).join('/')}${item.folder ? '/' : ''}`, item.folder ? 0 : item.size]),
      ),
  };
}

const sorted = (content: Map<string, number>): [string, number][] => [...content].sort(([a], [b]) => (a < b ? -1 : 1));

describe('any sequence of changes to the folder', () => {
  it('gives a client that follows the log exactly the folder\'s content', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(operation, { maxLength: 25 }), async (operations) => {
        const open = await openDrive();
        try {
          const client = follower(open);
          for (const op of operations) {
            await perform(open.folder, op);
            if (op.do === 'read') {
              await open.drive.rescan();
              client.follow();
              expect(sorted(client.content())).toEqual(sorted(await contentOf(open.folder)));
            }
          }
          await open.drive.rescan();
          client.follow();
          expect(sorted(client.content())).toEqual(sorted(await contentOf(open.folder)));
          expect(open.drive.tree.root.item.size).toBe([...client.content().values()].reduce((sum, size) => sum + size, 0));
        } finally {
          await open.close();
        }
      }),
      { numRuns: 60 },
    );
  });

  it('is noticed even by the watcher alone', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(operation, { minLength: 5, maxLength: 25 }), async (operations) => {
        const open = await openDrive();
        try {
          const client = follower(open);
          for (const op of operations) await perform(open.folder, op);
          const expected = sorted(await contentOf(open.folder));
          // Ends when the watcher has reported everything; a change that it missed would run into the time limit.
          for (;;) {
            client.follow();
            if (JSON.stringify(sorted(client.content())) === JSON.stringify(expected)) break;
            await new Promise((resolve) => setImmediate(resolve));
          }
        } finally {
          await open.close();
        }
      }),
      { numRuns: 15 },
    );
  });
});
