import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { GraphGet } from '../../../../src/graph/http.ts';
import { LineFinder } from '../../../../src/watch/many/line-finder.ts';
import { parseTargetLines } from '../../../../src/watch/many/target-lines.ts';
import { commandScene, type CommandScene } from '../../commands/command-scene.ts';

let s: CommandScene;
beforeEach(() => {
  s = commandScene();
});
afterEach(() => {
  s.clean();
});

const drive = (id: string, name: string): object => ({ id, name, webUrl: `https://contoso.sharepoint.com/sites/team/${name}` });

/** A site with these libraries. */
const site = (...drives: object[]): GraphGet => (path) => Promise.resolve({ status: 200, headers: {}, body: { value: path.includes('/drives') ? drives : [] } });

describe('the targets of a list', () => {
  it('are those of its lines, each once and with its first label', () => {
    const lines = parseTargetLines('me as mine\ndrive:b!x\nme as again\n');
    expect([...new LineFinder(s.command()).targets(lines).values()]).toStrictEqual([
      { target: { kind: 'me' }, name: 'me', below: undefined, label: 'mine', key: 'me' },
      { target: { kind: 'drive', driveId: 'b!x' }, name: 'drive:b!x', below: undefined, label: undefined, key: 'drive:b!x' },
    ]);
  });

  it('are all libraries of a site once Graph has listed them, labelled with their names', async () => {
    const finder = new LineFinder(s.command());
    const lines = parseTargetLines('site:contoso.sharepoint.com:/sites/team as team\ndrive:b!docs as docs\n');
    expect([...finder.targets(lines).keys()]).toEqual(['drive:b!docs']);
    const [line] = finder.toLookUp(lines);
    await finder.lookUp(line!, { get: site(drive('b!docs', 'Documents'), drive('b!plans', 'Plans')), signal: new AbortController().signal, redeem: false });
    expect([...finder.targets(lines).values()]).toStrictEqual([
      { target: { kind: 'drive', driveId: 'b!docs' }, name: 'drive:b!docs', below: undefined, label: 'team/Documents', key: 'drive:b!docs' },
      { target: { kind: 'drive', driveId: 'b!plans' }, name: 'drive:b!plans', below: undefined, label: 'team/Plans', key: 'drive:b!plans' },
    ]);
    expect(finder.worst).toBe(0);
  });

  it('do not include a site without libraries, which is an error that names its line', async () => {
    const finder = new LineFinder(s.command());
    const lines = parseTargetLines('\nsite:contoso.sharepoint.com:/sites/team\n');
    await finder.lookUp(lines[0]!, { get: site(), signal: new AbortController().signal, redeem: false });
    expect([finder.targets(lines).size, finder.worst]).toEqual([0, 5]);
    expect(s.stderr()).toContain('line 2');
    expect(s.stderr()).toContain('has no document library');
  });
});
