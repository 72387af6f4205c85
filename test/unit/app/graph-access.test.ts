import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { checkTarget } from '../../../src/app/graph-access.ts';
import type { Settings } from '../../../src/app/settings.ts';
import type { Target } from '../../../src/graph/targets.ts';
import { commandScene, type CommandScene } from '../commands/command-scene.ts';

let s: CommandScene;
beforeEach(() => {
  s = commandScene();
});
afterEach(() => {
  s.clean();
});

const check = (settings: Partial<Settings>, target: Target) => (): void => { checkTarget(s.command({ settings }), target); };

describe('a target', () => {
  it.each(['app', 'managed-identity'] as const)('"me" is refused with --auth %s; the hint says what to use instead', (auth) => {
    expect(check({ auth }, { kind: 'me' })).toThrow(expect.objectContaining({ category: 'usage', hint: expect.stringContaining('watch drive <driveId>') }));
    expect(check({ auth }, { kind: 'drive', driveId: 'b!abc' })).not.toThrow();
  });

  it.each([{ token: 'a-token' }, { tokenFile: '/token' }, { tokenCommand: 'print-token' }])('"me" is accepted where a user\'s token is given: %j', (given) => {
    expect(check({ auth: 'app', ...given }, { kind: 'me' })).not.toThrow();
    expect(check({}, { kind: 'me' })).not.toThrow();
  });

  it('with an invalid id is refused', () => {
    expect(check({}, { kind: 'drive', driveId: '..' })).toThrow(expect.objectContaining({ category: 'usage' }));
  });
});
