import { describe, expect, it } from '@jest/globals';
import { openTextPosition } from '../../../src/api/text-position.ts';
import { DriveIndex } from '../../../src/changes/index/drive-index.ts';
import type { Step } from '../../../src/changes/index/round.ts';

const open = new AbortController().signal;
const at = (token: string, time = 5) => ({ cursor: `https://graph.microsoft.com/v1.0/me/drive/root/delta?token=${token}`, at: time });
const put = (id: string): Step => ({ put: { id, name: `${id}.txt`, parentId: 'root', tag: 1, folder: false, root: false, deleted: false } });

/** A caller that keeps the position in a variable. */
function variable(text?: string): { text: string | undefined; load: () => string | undefined; save: (position: string) => void } {
  const kept = { text, load: () => kept.text, save: (position: string) => { kept.text = position; } };
  return kept;
}

describe('a position that the caller stores', () => {
  it('begins with nothing, and continues where the last one was committed', async () => {
    const kept = variable();
    const first = await openTextPosition(kept, open);
    expect(first.stored).toBeUndefined();
    first.belongTo('d1');
    await first.rewrite(at('a'), new DriveIndex());
    await first.commit(at('b', 7), [put('x')], 0);
    const second = await openTextPosition(kept, open);
    expect(second.stored).toEqual({ position: at('b', 7), index: false });
    expect(() => { second.belongTo('d2'); }).toThrow('belongs to another drive');
  });

  it('keeps what was reported after it until it moves past that', async () => {
    const kept = variable();
    const first = await openTextPosition(kept, open);
    await first.rewrite(at('a'), new DriveIndex());
    await first.logDone([put('x')]);
    await first.logDone([put('y'), { gone: 'z' }]);
    const index = new DriveIndex();
    const gone: string[] = [];
    await (await openTextPosition(kept, open)).restore(index, (step) => { if ('gone' in step) gone.push(step.gone); });
    expect([...index.entries()].map(([id]) => id)).toEqual(expect.arrayContaining(['x', 'y']));
    expect(gone).toEqual(['z']);
    await first.commit(at('b'), [], 0);
    const later = new DriveIndex();
    await (await openTextPosition(kept, open)).restore(later, () => undefined);
    expect(later.size).toBe(0);
  });

  it('keeps the last state of an item that one run deleted and the next restored', async () => {
    const kept = variable();
    const first = await openTextPosition(kept, open);
    await first.rewrite(at('a'), new DriveIndex());
    await first.logDone([{ gone: 'x' }, put('y')]);
    await (await openTextPosition(kept, open)).logDone([put('x'), { gone: 'y' }]);
    const index = new DriveIndex();
    await (await openTextPosition(kept, open)).restore(index, () => undefined);
    expect([...index.entries()].map(([id]) => id)).toEqual(['x']);
  });

  it('stores nothing before the first position', async () => {
    const kept = variable();
    await (await openTextPosition(kept, open)).logDone([put('x')]);
    expect(kept.text).toBeUndefined();
  });

  it('saves one text at a time, in order', async () => {
    const saved: string[] = [];
    let running = 0;
    const position = await openTextPosition({
      load: () => null,
      save: async (text) => {
        running += 1;
        expect(running).toBe(1);
        await Promise.resolve();
        saved.push(/token=(\w)/.exec(text)?.[1] ?? '');
        running -= 1;
      },
    }, open);
    await Promise.all([position.rewrite(at('a'), new DriveIndex()), position.commit(at('b'), [], 0), position.commit(at('c'), [], 0)]);
    expect(saved).toEqual(['a', 'b', 'c']);
  });

  it('reports what could not be stored, and tries again the next time', async () => {
    let broken = true;
    const position = await openTextPosition({ load: () => undefined, save: () => { if (broken) throw new Error('the database is away'); } }, open);
    await expect(position.rewrite(at('a'), new DriveIndex())).rejects.toMatchObject({ category: 'internal', message: 'The position cannot be stored: the database is away' });
    broken = false;
    await position.commit(at('b'), [], 0);
  });

  it.each(['nonsense', '{"graph-watch":2}', '{"graph-watch":2,"drive":"d","cursor":"https://x","at":1,"index":false,"items":0}\nnonsense'])('refuses %s', async (text) => {
    await expect(openTextPosition(variable(text), open)).rejects.toMatchObject({ category: 'usage' });
  });
});
