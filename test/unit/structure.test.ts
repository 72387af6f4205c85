import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from '@jest/globals';
import ts from 'typescript';

const SRC = fileURLToPath(new URL('../../src', import.meta.url));

/** The files of src that each file of src imports, including types, which lint's rule against cycles ignores. */
const imports = new Map(readdirSync(SRC, { recursive: true, encoding: 'utf8' }).filter((file) => /\.tsx?$/.test(file)).map((file) => {
  const { importedFiles } = ts.preProcessFile(readFileSync(join(SRC, file), 'utf8'), true, true);
  return [file, importedFiles.filter(({ fileName }) => fileName.startsWith('.')).map(({ fileName }) => relative(SRC, join(SRC, dirname(file), fileName)))];
}));

/** The shortest way back to a file, as `a.ts → b.ts → a.ts`. */
function circleThrough(start: string): string | undefined {
  const ways: string[][] = [[start]];
  const met = new Set<string>();
  for (let way = ways.shift(); way !== undefined; way = ways.shift()) {
    for (const next of imports.get(way.at(-1) ?? '') ?? []) {
      if (next === start) return [...way, next].join(' → ');
      if (met.has(next)) continue;
      met.add(next);
      ways.push([...way, next]);
    }
  }
  return undefined;
}

describe('the files of src', () => {
  it('import each other without cycles, types included', () => {
    expect(imports.size).toBeGreaterThan(100);
    expect([...imports.keys()].map(circleThrough).filter((circle) => circle !== undefined)).toEqual([]);
  });
});
