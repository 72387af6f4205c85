import { existsSync } from 'node:fs';
import { chromium, type Browser, type BrowserContextOptions, type Page } from 'playwright-core';

/** Debian's; `CHROMIUM` names another one. */
const PROGRAM = process.env.CHROMIUM ?? '/usr/bin/chromium';

export const hasChromium = existsSync(PROGRAM);

/** As root, Chromium has no sandbox; it loads only our own pages here. In a container, shared memory may be small. */
export function startBrowser(): Promise<Browser> {
  const root = process.getuid?.() === 0;
  return chromium.launch({ executablePath: PROGRAM, args: [...(root ? ['--no-sandbox'] : []), '--disable-dev-shm-usage', '--disable-gpu'] });
}

/** Opened is a page with a record of everything that it should not have done. */
export interface Opened {
  readonly page: Page;
  /** Console errors and warnings (policy violations included), uncaught errors, and requests to other hosts. */
  readonly complaints: string[];
  close(): Promise<void>;
}

/** `openPage` opens an address in a profile of its own. */
export async function openPage(browser: Browser, url: string, options: BrowserContextOptions = {}): Promise<Opened> {
  const context = await browser.newContext({ locale: 'en-GB', timezoneId: 'UTC', viewport: { width: 1280, height: 900 }, ...options });
  // As everywhere, the test's own time limit is the safety net, also on a busy machine.
  context.setDefaultTimeout(0);
  const page = await context.newPage();
  const complaints: string[] = [];
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') complaints.push(`${message.type()}: ${message.text()}`);
  });
  page.on('pageerror', (error) => complaints.push(`uncaught: ${error.message}`));
  page.on('request', (request) => {
    const { origin, protocol } = new URL(request.url());
    if (protocol !== 'data:' && origin !== new URL(url).origin) complaints.push(`request: ${request.url()}`);
  });
  await page.goto(url);
  return {
    page, complaints,
    async close() {
      await context.close();
    },
  };
}
