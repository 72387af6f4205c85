import type { CommandContext } from '../app/context.ts';
import { patiently } from '../app/patience.ts';
import { printBytes } from '../app/printing.ts';
import { usageError } from '../errors.ts';
import { fileAt } from '../graph/content/file.ts';
import { readContent } from '../graph/content/read-content.ts';
import { safeText } from '../output/safe-text.ts';
import { USER_AGENT } from '../version.ts';
import type { TargetFlags } from '../watch/finding/find-target.ts';
import { openPlace } from '../watch/finding/named-place.ts';
import { signIn } from './watch.ts';

/** `runCat` is `graph-watch cat`: it streams a file's content to stdout, no faster than its reader takes it, and nothing else. */
export async function runCat(context: CommandContext, target: string, path: string | undefined, { redeem }: TargetFlags): Promise<void> {
  const { surroundings: { stdout }, signal, settings, redactor, people } = context;
  const { drive, segments, access } = await openPlace(context, target, path, redeem === undefined ? {} : { redeem }, signIn);
  const waiting = people.waiting('opening');
  try {
    const file = await fileAt(drive, segments, { given: path, access });
    const { createDownload } = await import('../net/download.ts');
    const content = readContent(file, {
      ...access,
      graphUrl: settings.graphUrl,
      download: createDownload(await context.network()),
      userAgent: USER_AGENT,
      patiently: (work) => patiently(context, 'read the file', signal, work),
      onSecret: (secret) => { redactor.add(secret); },
      onCut: (done, why) => { people.say(safeText(`the download was interrupted after ${done} bytes (${why}); continuing from there`)); },
    });
    await printBytes(stdout, shown(content, { isTerminal: stdout.isTTY === true, onPiece: () => { waiting.stop(); } }), signal);
  } finally {
    waiting.stop();
  }
}

/** Binary content does not belong on a terminal: control characters in it can do anything. */
async function* shown(content: AsyncIterable<Uint8Array>, { isTerminal, onPiece }: { isTerminal: boolean; onPiece: () => void }): AsyncGenerator<Uint8Array, void, undefined> {
  for await (const piece of content) {
    if (isTerminal && piece.includes(0)) throw usageError('The file is not text, and stdout is a terminal.', 'Redirect the output to a file: graph-watch cat … > file');
    onPiece();
    yield piece;
  }
}
