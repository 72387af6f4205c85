import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Page } from 'playwright-core';

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** `findings` returns what axe-core objects to in a page, each with where. */
export async function findings(page: Page): Promise<string[]> {
  // By way of the debugger, which no policy stops: a script element would be refused.
  await page.evaluate(AXE);
  return page.evaluate<string[]>('axe.run(document, { resultTypes: ["violations"] }).then(({ violations }) => violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(" ")}`))');
}
