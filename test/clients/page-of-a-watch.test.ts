import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from '@jest/globals';
import type { Browser, Page } from 'playwright-core';
import { emulatedDrive, type EmulatedDrive } from '../support/emulated-watch.ts';
import { startBinary, type Running } from '../support/binary.ts';
import { findings } from './support/axe.ts';
import { hasChromium, openPage, startBrowser, type Opened } from './support/browser.ts';
import { describeClient } from './support/client.ts';

describeClient('the page of a watch, in Chromium', hasChromium, () => {
  let browser: Browser;
  let drive: EmulatedDrive;
  const watches: Running[] = [];
  let opened: Opened | undefined;
  beforeAll(async () => {
    browser = await startBrowser();
  });
  afterAll(async () => {
    await browser.close();
  });
  beforeEach(async () => {
    drive = await emulatedDrive();
  });
  afterEach(async () => {
    await opened?.close();
    for (const { process } of watches) process.kill('SIGINT');
    await Promise.all(watches.splice(0).map(({ done }) => done));
    await drive.close();
  });

  /** Starts a watch; returns the address of its page. */
  const watch = async (port: string, env: Record<string, string> = {}): Promise<string> => {
    const running = startBinary(['watch', 'me', '--changes', '--serve', port], { env: { ...drive.env, ...env } });
    watches.push(running);
    await running.until('stderr', /Serving at http:\S+ [^]*waiting for changes/);
    return /http:\S+/.exec(running.stderr)?.[0] ?? '';
  };
  const showsPill = (page: Page, word: string): Promise<void> => page.locator('.pill', { hasText: word }).waitFor();
  const showsRow = (page: Page, text: string): Promise<void> => page.locator('.rows li', { hasText: text }).waitFor();

  it('shows changes as they happen, says how the watch ended, and continues with the next one', async () => {
    const url = await watch('0');
    opened = await openPage(browser, url);
    const { page, complaints } = opened;
    await showsPill(page, 'Live');
    await page.locator('h1', { hasText: "Ada Lovelace's OneDrive" }).waitFor();
    drive.write('Reports/<b>Q3<b> \u202Efdp.txt', 'x');
    await showsRow(page, '<b>Q3<');
    expect(await page.locator('.rows .code-point').first().innerText()).toBe('U+202E');
    const times = await Promise.all((await page.locator('.chart-times span').all()).map((time) => time.boundingBox()));
    expect(times).toHaveLength(5);
    expect(new Set(times.map((box) => box?.y)).size).toBe(1);
    expect(times.map((box) => box?.x ?? 0)).toEqual(times.map((box) => box?.x ?? 0).sort((a, b) => a - b));
    expect(complaints).toEqual([]);
    watches[0]?.process.kill('SIGINT');
    await showsPill(page, 'Ended');
    expect(await page.locator('.sentence').innerText()).toContain('The watch has ended: stopped (Ctrl-C).');
    await watches[0]?.done;
    await watch(new URL(url).port);
    await showsPill(page, 'Live');
    await showsRow(page, 'graph-watch was restarted');
    drive.write('after.txt', 'x');
    await showsRow(page, 'after.txt');
  });

  it('asks for the token in a form if there is one, and says so when the token is needed again', async () => {
    const token = { GRAPH_WATCH_SERVE_TOKEN: 'correct-horse-battery-staple' };
    const url = await watch('0', token);
    opened = await openPage(browser, url, { colorScheme: 'dark', viewport: { width: 360, height: 640 } });
    const { page, complaints } = opened;
    expect(await findings(page)).toEqual([]);
    await page.getByLabel('Token').fill('wrong');
    await page.keyboard.press('Enter');
    await page.getByRole('alert').waitFor();
    expect(await findings(page)).toEqual([]);
    await page.getByLabel('Token').fill('correct-horse-battery-staple');
    await page.keyboard.press('Enter');
    await showsPill(page, 'Live');
    drive.write('seen.txt', 'x');
    await showsRow(page, 'seen.txt');
    // Both messages are how a browser reports the answer to a request without the token.
    expect(complaints.filter((text) => !text.includes('status of 401'))).toEqual([]);
    watches[0]?.process.kill('SIGINT');
    await watches[0]?.done;
    await watch(new URL(url).port, token);
    await showsPill(page, 'Signed out');
  });
});
