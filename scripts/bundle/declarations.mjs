// The types of the API: the declarations of src/index.ts and of what it names, and nothing else of the project.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import ts from 'typescript';

/** `import … from './x.ts'`, `export … from './x.ts'` and `import('./x.ts')` in a declaration. */
const SPECIFIER = /(\bfrom |\bimport\()(['"])([^'"]+)\2/g;

/** Writes the declarations of `entry` (below `src`) and of all that they import to `outdir`. Throws if they name a package: its types are not installed with ours. */
export function writeDeclarations({ src, entry, outdir }) {
  const waiting = [join(src, entry)];
  const seen = new Set(waiting);
  for (let file = waiting.pop(); file !== undefined; file = waiting.pop()) {
    const { outputText, diagnostics = [] } = ts.transpileDeclaration(readFileSync(file, 'utf8'), {
      fileName: file, reportDiagnostics: true,
      compilerOptions: { target: ts.ScriptTarget.ES2023, module: ts.ModuleKind.NodeNext, declaration: true, stripInternal: true, isolatedDeclarations: true, verbatimModuleSyntax: true },
    });
    if (diagnostics.length > 0) throw new Error(`${file}: ${ts.flattenDiagnosticMessageText(diagnostics[0].messageText, '\n')}`);
    const text = outputText.replace(SPECIFIER, (whole, before, quote, specifier) => {
      if (!specifier.startsWith('.')) throw new Error(`${file}: the types of the API would need the package ${specifier}`);
      const imported = join(dirname(file), specifier);
      if (!seen.has(imported)) waiting.push(imported);
      seen.add(imported);
      return `${before}${quote}${specifier.replace(/\.ts$/, '.js')}${quote}`;
    });
    const path = join(outdir, relative(src, file).replace(/\.ts$/, '.d.ts'));
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
  }
}
