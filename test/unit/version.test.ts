import { readFileSync } from 'node:fs';
import { expect, it } from '@jest/globals';
import { USER_AGENT, VERSION } from '../../src/version.ts';

it('VERSION is the version of the package', () => {
  const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as { version: string };
  expect(VERSION).toBe(version);
  expect(USER_AGENT).toBe(`graph-watch/${version}`);
});
