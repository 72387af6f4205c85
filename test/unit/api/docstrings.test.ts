import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from '@jest/globals';
import ts from 'typescript';

const SRC = fileURLToPath(new URL('../../../src/', import.meta.url));

function parse(file: string): ts.SourceFile {
  return ts.createSourceFile(file, readFileSync(file, 'utf8'), ts.ScriptTarget.ES2023, true);
}

/** What index.ts exports: the file, and the names; undefined means all of them. */
function exported(): { file: string; names: Set<string> | undefined }[] {
  return parse(join(SRC, 'index.ts')).statements.filter(ts.isExportDeclaration).map(({ moduleSpecifier, exportClause }) => ({
    file: join(SRC, (moduleSpecifier as ts.StringLiteral).text),
    names: exportClause !== undefined && ts.isNamedExports(exportClause) ? new Set(exportClause.elements.map(({ name }) => name.text)) : undefined,
  }));
}

type Documented = ts.InterfaceDeclaration | ts.TypeAliasDeclaration | ts.ClassDeclaration | ts.FunctionDeclaration;

function isDocumented(node: ts.Node): node is Documented {
  return ts.isInterfaceDeclaration(node) || ts.isTypeAliasDeclaration(node) || ts.isClassDeclaration(node) || ts.isFunctionDeclaration(node);
}

function hasText(node: ts.Node): boolean {
  return ts.getJSDocCommentsAndTags(node).some((doc) => ts.isJSDoc(doc) && ts.getTextOfJSDocComment(doc.comment)?.trim() !== '');
}

/** The declaration and its members, as far as they have no doc comment. */
function undocumented(declaration: Documented): string[] {
  const own = declaration.name?.text ?? '?';
  const members = 'members' in declaration ? [...declaration.members] as ts.Node[] : [];
  // Nobody outside reads private members.
  const open = members.filter((member) => !(ts.canHaveModifiers(member) && ts.getModifiers(member)?.some(({ kind }) => kind === ts.SyntaxKind.PrivateKeyword) === true));
  const nameOf = (member: ts.Node): string => (member as ts.NamedDeclaration).name?.getText() ?? 'constructor';
  return [...(hasText(declaration) ? [] : [own]), ...open.filter((member) => !hasText(member)).map((member) => `${own}.${nameOf(member)}`)];
}

describe('the API', () => {
  const declarations = exported().flatMap(({ file, names }) => parse(file).statements.filter(isDocumented).filter((declaration) =>
    (names === undefined ? (ts.getCombinedModifierFlags(declaration) & ts.ModifierFlags.Export) !== 0 : names.has(declaration.name?.text ?? ''))));

  it('describes everything that it exports, and every field of it', () => {
    expect(declarations.length).toBeGreaterThan(30);
    expect(declarations.flatMap(undocumented)).toEqual([]);
  });

  it('exports every type that its types mention', () => {
    const names = new Set(declarations.map(({ name }) => name?.text));
    for (const { file } of exported()) {
      const missing = parse(file).statements.filter(ts.isImportDeclaration).filter(({ importClause }) => importClause?.phaseModifier === ts.SyntaxKind.TypeKeyword)
        .flatMap(({ importClause, moduleSpecifier }) => (importClause?.namedBindings !== undefined && ts.isNamedImports(importClause.namedBindings) ? importClause.namedBindings.elements.map(({ name }) => ({ name: name.text, from: join(dirname(file), (moduleSpecifier as ts.StringLiteral).text) })) : []))
        .filter(({ name, from }) => !names.has(name) && exported().some((each) => each.file === from));
      expect(missing).toEqual([]);
    }
  });
});
