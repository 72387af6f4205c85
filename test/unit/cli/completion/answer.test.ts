import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { rememberedPath } from '../../../../src/app/remembered.ts';
import { answerCompletion } from '../../../../src/cli/completion/answer.ts';
import { startBinary } from '../../../support/binary.ts';
import { staticImports } from '../../auth/bundle.ts';

const DIST = fileURLToPath(new URL('../../../../dist', import.meta.url));
const BREAKS = ' \t\n"\'@><=;|&(:';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'graph-watch-answer-'));
  mkdirSync(join(folder, 'config'));
  writeFileSync(rememberedPath(join(folder, 'config')), JSON.stringify({ targets: [{ target: 'drive:b!x', name: 'Documents' }], accounts: [] }));
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});
const answer = (...argv: string[]): Promise<string> => answerCompletion(argv, DIST, { GRAPH_WATCH_CONFIG_DIR: join(folder, 'config') });

describe('the answer to a completion script', () => {
  it('is words with descriptions, for bash without', async () => {
    expect(await answer('zsh', 'watch', 'drive')).toBe('words\ndrive\ta drive\ndrive:b!x\tDocuments\n');
    expect(await answer('bash', 'graph-watch', 'graph-watch watch drive:', BREAKS)).toBe('words\nb\\!x\n');
    expect(await answer('bash', 'graph-watch', 'A=1 graph-watch watch dri', BREAKS)).toBe('words\ndrive\ndrive:b\\!x\n');
  });

  it('is only a kind if the shell itself knows the words', async () => {
    expect(await answer('fish', 'watch', 'many', 'ta')).toBe('files\n');
    expect(await answer('bash', 'graph-watch', 'graph-watch emulator ', BREAKS)).toBe('folders\n');
  });

  it('ignores the dot that PowerShell\'s script appends, and the quotes of every shell', async () => {
    expect(await answer('powershell', 'watch', '\'drive:.')).toBe('words\ndrive:b!x\tDocuments\n');
    expect(await answer('powershell', 'sta.')).toContain('status');
    expect(await answer('zsh', 'watch', '"drive:')).toContain('drive:b!x');
  });

  it('does not include remembered targets if there is no folder for them', async () => {
    expect(await answerCompletion(['zsh', 'watch', 'drive'], DIST, { HOME: 'nowhere' })).toBe('words\ndrive\ta drive\n');
  });

  it('comes from the real binary too, and is empty for nonsense', async () => {
    const { code, stdout, stderr } = await startBinary(['__complete', 'zsh', 'stat']).done;
    expect([code, stdout, stderr]).toEqual([0, expect.stringMatching(/^words\nstatus\t.*\n$/), '']);
    expect((await startBinary(['__complete', 'nonsense', 'x', 'y', '']).done).stdout).toBe('words\n');
  });

  it('needs neither commander nor MSAL', async () => {
    const imported = await staticImports('src/cli/completion/answer.ts');
    expect(imported.filter((path) => !path.startsWith('src/') && !path.startsWith('node:'))).toEqual([]);
    expect(imported.filter((path) => /auth|commands|graph\//.test(path))).toEqual([]);
  });
});
