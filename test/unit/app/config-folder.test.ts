import { homedir } from 'node:os';
import { isAbsolute, join, resolve } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { configFolder, withHome } from '../../../src/app/config-folder.ts';

describe('the configuration folder', () => {
  it.each([
    [{ HOME: '' }, /^HOME is empty/], [{ HOME: 'home' }, /^HOME is "home"/], [{ HOME: '~' }, /^HOME is "~"/],
    [{ XDG_CONFIG_HOME: 'rel' }, /^XDG_CONFIG_HOME is "rel"/], [{ XDG_CONFIG_HOME: '~/.config' }, /^XDG_CONFIG_HOME/], [{ XDG_CONFIG_HOME: './x' }, /^XDG_CONFIG_HOME/],
    [{ GRAPH_WATCH_CONFIG_DIR: '~ada/.gw' }, /^GRAPH_WATCH_CONFIG_DIR is "~ada/], [{ GRAPH_WATCH_CONFIG_DIR: '~/.gw', HOME: '' }, /^HOME is not/],
  ])('is never the working folder or a folder in it: %j', async (env, message) => {
    await expect(configFolder(env)).rejects.toMatchObject({ category: 'usage', message: expect.stringMatching(message), hint: expect.any(String) });
  });

  it('is the named one, as an absolute path, whatever else the environment says', async () => {
    expect(await configFolder({ GRAPH_WATCH_CONFIG_DIR: '/a/b', HOME: '' })).toBe('/a/b');
    expect(await configFolder({ GRAPH_WATCH_CONFIG_DIR: 'named/on/purpose' })).toBe(resolve('named/on/purpose'));
    expect(await configFolder({ GRAPH_WATCH_CONFIG_DIR: '~/.gw', HOME: '/home/ada' })).toBe(join('/home/ada', '.gw'));
    expect(await configFolder({ GRAPH_WATCH_CONFIG_DIR: '~' })).toBe(homedir());
  });

  it('is the system\'s usual one if none is named', async () => {
    for (const env of [{}, { XDG_CONFIG_HOME: '' }, { GRAPH_WATCH_CONFIG_DIR: ' ' }]) expect(isAbsolute(await configFolder(env))).toBe(true);
  });
});

it('leaves a path alone that does not begin with ~', () => {
  expect(withHome('/a/~/b', 'X', {})).toBe('/a/~/b');
  expect(withHome('a~', 'X', {})).toBe('a~');
});
