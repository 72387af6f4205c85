import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Page } from 'playwright-core';

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** `findings` returns the violations that axe-core finds in a page, each with its elements. */
export async function findings(page: Page): Promise<string[]> {
  // Through the debugger, which no content security policy stops: a script element would be refused.
  await page.evaluate(AXE);
  return page.evaluate<string[]>('axe.run(document, { resultTypes: ["violations"] }).then(({ violations }) => violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(" ")}`))');
}
