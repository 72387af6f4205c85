import type { WatchEvent } from '../events.ts';
import { drivePath } from '../graph/targets.ts';
import { cloudEventLine } from '../output/cloudevents.ts';
import type { OutputFormat } from '../output/format.ts';
import { ndjsonLine } from '../output/ndjson.ts';
import type { CommandContext } from '../app/context.ts';

/** The format of a watch: as asked for, or fit for whoever reads stdout. */
export function outputFormat({ settings, surroundings }: CommandContext, asked: OutputFormat | undefined): OutputFormat {
  return asked ?? settings.output ?? (surroundings.stdout.isTTY === true ? 'pretty' : 'ndjson');
}

/** One event as a line of JSON in this format (`pretty`: as NDJSON), or `undefined` for what is no record. */
export type JsonLine = (event: WatchEvent) => string | undefined;

export function jsonLine({ settings, redactor }: CommandContext, format: OutputFormat, lifecycle: boolean): JsonLine {
  if (format !== 'cloudevents') return (event) => ndjsonLine(event, lifecycle, redactor.redact);
  const options = { lifecycle, redact: redactor.redact, sourceOf: (target: string) => sourceOf(settings.graphUrl, target) };
  return (event) => cloudEventLine(event, options);
}

/**
 * The drive as an absolute URI, `https://graph.microsoft.com/v1.0/drives/b!…`, from a target's name in
 * records (`drive:b!…`). It need only be the same every time: nobody asks Graph for it.
 */
export function sourceOf(graphUrl: string, target: string): string {
  const root = `${graphUrl}/v1.0`;
  const [, kind, id = ''] = /^([^:]*):?([^]*)$/.exec(target) ?? [];
  try {
    if (kind === 'me') return root + drivePath({ kind });
    if (kind === 'drive' || kind === 'drive-list') return root + drivePath({ kind, driveId: id });
    if (kind === 'group') return root + drivePath({ kind, groupId: id });
    if (kind === 'user') return root + drivePath({ kind, user: id });
    // An id or a title has no slash as a rule; a site's URL has some.
    const slash = id.lastIndexOf('/');
    return root + drivePath({ kind: 'list', site: id.slice(0, slash), list: id.slice(slash + 1) });
  } catch {
    // A title with a slash in it: the name itself tells the drives apart.
    return `${root}/#${encodeURIComponent(target.toWellFormed())}`;
  }
}
