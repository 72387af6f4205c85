import type { Command } from 'commander';

/** `withExamples` adds examples to the end of a command's help: command lines, each with what it does. */
export function withExamples(command: Command, ...examples: readonly (readonly [line: string, does: string])[]): Command {
  const width = Math.max(...examples.map(([line]) => line.length));
  // Side by side where that fits into help's 80 columns.
  const beside = examples.every(([, does]) => width + does.length + 6 <= 80);
  const lines = examples.map(([line, does]) => (beside ? `  ${line.padEnd(width)}  # ${does}` : `  # ${does}\n  ${line}`));
  return command.addHelpText('after', `\nExamples:\n${lines.join('\n')}`);
}
