import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from '@jest/globals';
import type { Browser, Locator, Page } from 'playwright-core';
import { change, drive, scriptedServe, type Fields, type ScriptedServe } from '../support/scripted-serve.ts';
import { findings } from './support/axe.ts';
import { hasChromium, openPage, startBrowser, type Opened } from './support/browser.ts';
import { describeClient } from './support/client.ts';

describeClient('the page of --serve, in Chromium', hasChromium, () => {
  let browser: Browser;
  let serve: ScriptedServe;
  let opened: Opened;
  beforeAll(async () => {
    browser = await startBrowser();
  });
  afterAll(async () => {
    await browser.close();
  });
  beforeEach(async () => {
    serve = await scriptedServe();
  });
  afterEach(async () => {
    await opened.close();
    await serve.stop();
  });

  const open = async (options: Parameters<typeof openPage>[2] = {}): Promise<Page> => {
    opened = await openPage(browser, serve.url, options);
    await showsPill('Live');
    return opened.page;
  };
  const showsPill = (word: string): Promise<void> => opened.page.locator('.pill', { hasText: word }).waitFor();
  /** Waits until a row has this text; returns how many rows have it. */
  const rows = async (page: Page, text: string): Promise<number> => {
    const found = page.locator('.rows li', { hasText: text });
    await found.first().waitFor();
    return found.count();
  };
  /** Waits until a row's record is shown; before that, Escape would close nothing. */
  const openRecord = async (page: Page, row: Locator): Promise<void> => {
    await row.click();
    await page.locator('dialog[open] pre').waitFor();
  };
  const closeRecord = async (page: Page): Promise<void> => {
    await page.keyboard.press('Escape');
    await page.locator('dialog').waitFor({ state: 'detached' });
  };
  const count = (page: Page, selector: string): Promise<number> => page.locator(selector).count();
  const focused = (page: Page): Promise<string> => page.evaluate<string>('document.activeElement.innerText || document.activeElement.getAttribute("aria-label") || document.activeElement.tagName');
  const unseen = (text: string): string[] => ['\u0000', '\u001b', '\u202e', '\u3164'].filter((character) => text.includes(character));

  it('shows changes as they happen: what, who, where and how many per minute, and the state of the connection', async () => {
    // The state may arrive before the stream: this change is in both.
    const at = Date.now();
    serve.state = { perMinute: { until: new Date(Math.floor(at / 60_000) * 60_000).toISOString(), counts: [1] } };
    serve.send(change('created', '/Reports/Q3.xlsx', { at }));
    const page = await open();
    expect(await page.locator('h1').innerText()).toBe("Changes in Ada Lovelace's OneDrive");
    expect(await page.title()).toBe("Live · Ada Lovelace's OneDrive");
    expect(await rows(page, 'Q3.xlsx')).toBe(1);
    serve.send(change('renamed', '/Reports/Q4.xlsx', { by: 'Grace Hopper', previous: { name: 'Q3.xlsx', path: '/Reports/Q3.xlsx' } }));
    await rows(page, 'Q4.xlsx');
    expect(await page.locator('.rows li').first().innerText()).toMatch(/renamed[^]*Q3\.xlsx →[^]*Q4\.xlsx[^]*\/Reports\/[^]*Grace Hopper/);
    expect(await page.locator('.ranking').first().innerText()).toMatch(/Ada Lovelace\s*1[^]*Grace Hopper\s*1/);
    expect(await page.locator('.chart').getAttribute('aria-label')).toMatch(/^The last hour: 2 changes; at most [12] in a minute/);
    expect(await page.locator('.drives tbody').innerText()).toMatch(/Ada Lovelace's OneDrive[^]*Connected[^]*in 4[12] min[^]*0\.8 s/);
    expect(opened.complaints).toEqual([]);
  });

  it('shows names only as text, whatever is in them', async () => {
    const names = ['<img src=x onerror=alert(1)>', '<script>alert(1)<b>', '\u202Egnp.exe', 'a\u0000\u001b[31mb', '\u3164', `${'x'.repeat(10_000)}.txt`, `z${'\u0301'.repeat(500)}algo`, '👩‍👩‍👧‍👦 family'];
    serve.state = { targets: [drive('me', { name: '<b>\u202EAda</b>', state: 'connected', reason: '<i>why</i>' })] };
    serve.send(...names.map((name) => change('created', `/${name}/${name}`, { by: name, item: { webUrl: 'javascript:alert(1)' } })));
    const page = await open({ viewport: { width: 360, height: 800 } });
    page.on('dialog', () => opened.complaints.push('a script ran'));
    await rows(page, '<img src=x onerror=alert(1)>');
    const texts = await page.locator('.rows .name').allInnerTexts();
    expect(texts).toContain('<script>alert(1)<b>');
    expect(texts.some((text) => text.startsWith('U+202E') && text.endsWith('gnp.exe'))).toBe(true);
    expect(texts).toEqual(expect.arrayContaining([expect.stringContaining('U+0000'), expect.stringContaining('U+001B'), 'U+3164']));
    expect(texts.filter((text) => text.length > 300)).toEqual([]);
    expect(await count(page, '#app img, #app script, #app b, #app i')).toBe(0);
    expect(unseen(await page.evaluate<string>('document.body.innerText'))).toEqual([]);
    expect(await page.evaluate<number>('document.documentElement.scrollWidth')).toBeLessThanOrEqual(360);
    for (let at = 0; at < names.length; at += 1) {
      await openRecord(page, page.locator('button.row').nth(at));
      expect(unseen(await page.locator('dialog').innerText())).toEqual([]);
      expect(await count(page, 'dialog a')).toBe(0);
      await closeRecord(page);
    }
    expect(opened.complaints).toEqual([]);
  });

  it('says that a watch without --changes shows only when something changed', async () => {
    serve.state = { mode: 'notifications' };
    serve.send({ type: 'notification', time: new Date().toISOString(), target: 'me', data: { subscriptionId: '1', resource: 'x' } });
    const page = await open();
    await rows(page, 'Something changed');
    expect(await page.locator('.headline').innerText()).toContain('without --changes: this page shows when something changed');
    expect(await page.locator('.chart').getAttribute('aria-label')).toMatch(/^The last hour: 1 change;/);
  });

  it('links only to web addresses, and sends them no referrer', async () => {
    serve.send(change('modified', '/good.txt'), change('modified', '/bad.txt', { item: { webUrl: 'data:text/html,x' } }), change('deleted', '/gone.txt'));
    const page = await open();
    await rows(page, 'good.txt');
    const links: string[] = [];
    for (const name of ['good.txt', 'bad.txt', 'gone.txt']) {
      await openRecord(page, page.locator('button.row', { hasText: name }));
      for (const link of await page.locator('dialog a').all()) links.push(`${String(await link.getAttribute('href'))} ${String(await link.getAttribute('rel'))}`);
      await closeRecord(page);
    }
    expect(links).toEqual(['https://contoso-my.sharepoint.com/personal/ada/Documents/good.txt noopener noreferrer']);
  });

  it('stays small with 10,000 events, and finds one of them', async () => {
    const page = await open();
    for (let batch = 0; batch < 100; batch += 1) {
      serve.send(...Array.from({ length: 100 }, (_, at) => change('modified', `/Folder ${batch}/file ${100 * batch + at}.txt`, { by: `Person ${at}` })));
    }
    await rows(page, 'file 9999.txt');
    await page.locator('.list-state', { hasText: 'The latest 5,000 entries' }).waitFor();
    expect(await count(page, '.rows li')).toBe(25);
    expect(await count(page, '*')).toBeLessThan(1_500);
    await page.getByLabel('Find', { exact: true }).fill('file 7654');
    await page.locator('.list-state', { hasText: '1 of 5,000 entries' }).waitFor();
    expect(await page.locator('.rows li').innerText()).toContain('file 7654.txt');
    await page.getByRole('button', { name: 'Clear filter' }).click();
    await page.getByRole('navigation', { name: 'Pages: Changes' }).getByRole('button', { name: 'Older' }).click();
    expect(await rows(page, 'file 9974.txt')).toBe(1);
    expect(opened.complaints).toEqual([]);
  });

  it('stays small with 2,000 drives, shows those that need attention first, and finds one of them', async () => {
    serve.state = { targets: Array.from({ length: 2_000 }, (_, at) => drive(`drive:b!${at}`, { label: `Library ${at}`, ...(at === 1_234 ? { state: 'ended', failed: true, reason: 'Access denied' } : {}) })) };
    const page = await openPage(browser, serve.url).then((it) => (opened = it).page);
    await page.locator('.sentence', { hasText: '1,999 of 2,000 drives are being watched; 1 has ended.' }).waitFor();
    expect(await page.locator('.drives tbody tr').first().innerText()).toMatch(/Library 1234[^]*Failed[^]*Access denied/);
    expect(await count(page, '.drives tbody tr')).toBe(10);
    expect(await count(page, '*')).toBeLessThan(1_000);
    await page.getByLabel('Find a drive').fill('library 777');
    expect(await page.locator('.drives tbody').innerText()).toContain('Library 777');
    expect(await count(page, '.drives tbody tr')).toBe(1);
  });

  it('filters by person, folder and kind; a second click shows everything again', async () => {
    serve.send(change('created', '/Reports/a.txt'), change('created', '/Photos/b.jpg', { by: 'Grace Hopper' }), change('deleted', '/Reports/2026/c.txt', { by: 'Grace Hopper' }));
    const page = await open();
    await rows(page, 'a.txt');
    const shown = async (): Promise<string[]> => (await page.locator('.rows .name').allInnerTexts()).sort();
    const grace = page.locator('.ranking button', { hasText: 'Grace Hopper' });
    await grace.click();
    expect(await shown()).toEqual(['b.jpg', 'c.txt']);
    await page.getByRole('button', { name: 'Deleted', exact: true }).click();
    expect(await shown()).toEqual(['c.txt']);
    await page.getByRole('button', { name: 'Deleted', exact: true }).click();
    await grace.click();
    expect(await shown()).toEqual(['a.txt', 'b.jpg', 'c.txt']);
    await page.getByLabel('Folder').selectOption({ label: '/Reports/' });
    expect(await shown()).toEqual(['a.txt', 'c.txt']);
  });

  it('stands still while paused, and counts what is waiting', async () => {
    serve.send(change('created', '/first.txt'));
    const page = await open();
    await rows(page, 'first.txt');
    await page.getByRole('button', { name: 'Pause' }).click();
    serve.send(change('created', '/second.txt'), change('created', '/third.txt'));
    await page.getByRole('button', { name: 'Show 2 new entries' }).waitFor();
    expect(await count(page, '.rows li')).toBe(1);
    await page.getByRole('button', { name: 'Show 2 new entries' }).click();
    expect(await rows(page, 'third.txt')).toBe(1);
  });

  it('says when it has lost contact, continues after the last change, and repeats none', async () => {
    serve.send(change('created', '/before.txt'));
    const page = await open();
    await rows(page, 'before.txt');
    await serve.stop();
    await showsPill('Disconnected');
    serve.send(change('created', '/meanwhile.txt'));
    await serve.start({ keep: true });
    await showsPill('Live');
    expect(await rows(page, 'meanwhile.txt')).toBe(1);
    expect(await rows(page, 'before.txt')).toBe(1);
    expect(await count(page, '.note')).toBe(0);
  });

  it('says when the watch was restarted, and that changes may be missing', async () => {
    serve.send(change('created', '/before.txt'));
    const page = await open();
    await rows(page, 'before.txt');
    await serve.stop();
    await showsPill('Disconnected');
    serve.state = { startedAt: new Date().toISOString() };
    await serve.start();
    await showsPill('Live');
    await rows(page, 'graph-watch was restarted');
    await rows(page, 'may be missing from this list');
    serve.send(change('created', '/after.txt'));
    await rows(page, 'after.txt');
    expect(await count(page, '.shade')).toBe(1);
  });

  it('says why the watch has ended, keeps what it shows, and continues when the watch is restarted', async () => {
    serve.send(change('created', '/before.txt'));
    const page = await open();
    await rows(page, 'before.txt');
    serve.say('closing', { type: 'closing', reason: 'stopped (Ctrl-C)' });
    await serve.stop();
    await showsPill('Ended');
    expect(await page.locator('.sentence').innerText()).toContain('The watch has ended: stopped (Ctrl-C).');
    expect(await rows(page, 'before.txt')).toBe(1);
    await serve.start();
    await showsPill('Live');
  });

  it('shades a gap, and marks the reconnect', async () => {
    const at = (secondsAgo: number): string => new Date(Date.now() - 1000 * secondsAgo).toISOString();
    serve.send(
      { type: 'ready', time: at(400), target: 'me' },
      { type: 'reconnecting', time: at(300), target: 'me', reason: 'the connection was closed', delayMs: 800 },
      { type: 'ready', time: at(200), target: 'me' },
      { type: 'gap', time: at(199), target: 'me', reason: 'the connection was lost', from: at(300), to: at(200) },
    );
    const page = await open();
    await rows(page, 'may be missing: the connection was lost');
    await rows(page, 'Not connected: the connection was closed; retrying');
    expect([await count(page, '.shade'), await count(page, 'line.reconnect')]).toEqual([1, 1]);
    expect(await page.locator('.chart').getAttribute('aria-label')).toContain('1 gap; 1 reconnect');
  });

  it('can be used with the keyboard alone: filter, go through the list, open a record, close it, and be back where one was', async () => {
    serve.send(change('created', '/one.txt'), change('created', '/two.txt'), change('created', '/three.txt'));
    const page = await open();
    await rows(page, 'three.txt');
    await page.keyboard.press('Tab');
    expect(await focused(page)).toBe('Skip to the changes');
    await page.keyboard.press('Enter');
    await page.keyboard.press('Tab');
    expect(await focused(page)).toBe('Pause');
    await page.keyboard.press('Tab');
    await page.keyboard.type('t');
    await page.locator('.list-state', { hasText: '3 of 3 entries' }).waitFor();
    // Person, folder, seven kinds, "Clear filter", and then the list.
    for (let at = 0; at < 11; at += 1) await page.keyboard.press('Tab');
    expect(await focused(page)).toContain('three.txt');
    await page.keyboard.press('ArrowDown');
    expect(await focused(page)).toContain('two.txt');
    serve.send(change('created', '/meanwhile.txt'));
    await page.getByRole('button', { name: 'Show 1 new entry' }).waitFor();
    expect(await focused(page)).toContain('two.txt');
    await page.keyboard.press('Enter');
    await page.locator('dialog[open]').waitFor();
    expect(await focused(page)).toBe('Close');
    expect(JSON.parse(await page.locator('dialog pre').innerText())).toMatchObject({ type: 'change', item: { path: '/two.txt' } });
    await closeRecord(page);
    expect(await focused(page)).toContain('two.txt');
    // The list is one tab stop: the next one comes after it, and the waiting lines are shown.
    await page.keyboard.press('Tab');
    expect(await focused(page)).toContain('Ada Lovelace');
    expect(await rows(page, 'meanwhile.txt')).toBe(1);
    expect(opened.complaints).toEqual([]);
  });

  it.each([['light', 1280], ['dark', 1280], ['light', 360], ['dark', 360]] as const)('passes axe-core (%s, %d pixels)', async (colorScheme, width) => {
    const gap: Fields = { type: 'gap', time: new Date().toISOString(), target: 'drive:b!0', reason: 'x', from: new Date(Date.now() - 60_000).toISOString(), to: new Date().toISOString() };
    serve.state = { targets: Array.from({ length: 30 }, (_, at) => drive(`drive:b!${at}`, { label: `Library ${at}`, ...(at === 3 ? { state: 'reconnecting', reason: 'closed' } : at === 4 ? { state: 'ended', failed: true } : {}) })) };
    serve.send(...['created', 'modified', 'renamed', 'moved', 'deleted', 'shared', 'unknown'].map((kind) => change(kind, `/Reports/${kind}\u202E.txt`, { target: 'drive:b!0', previous: { name: 'Old.txt', path: '/Old.txt' } })), gap);
    opened = await openPage(browser, serve.url, { colorScheme, viewport: { width, height: 900 } });
    const { page } = opened;
    await showsPill('Partly live');
    await rows(page, 'created');
    expect(await findings(page)).toEqual([]);
    await page.getByRole('button', { name: 'Modified', exact: true }).click();
    await page.locator('.ranking button').first().click();
    await openRecord(page, page.locator('button.row').first());
    expect(await findings(page)).toEqual([]);
    await closeRecord(page);
    await page.locator('.as-table summary').click();
    expect(await findings(page)).toEqual([]);
    expect(await page.evaluate<number>('document.documentElement.scrollWidth')).toBeLessThanOrEqual(width);
    expect(opened.complaints).toEqual([]);
  });
});
