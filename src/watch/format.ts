import type { WatchEvent } from '../events.ts';
import { drivePath } from '../graph/targets.ts';
import { cloudEventLine, type CloudEventOptions } from '../output/cloudevents.ts';
import type { OutputFormat } from '../output/format.ts';
import { ndjsonLine } from '../output/ndjson.ts';
import type { CommandContext } from '../app/context.ts';

/** `outputFormat` returns the format of a watch: the requested one, or one that suits the reader of stdout. */
export function outputFormat({ settings, surroundings }: CommandContext, asked: OutputFormat | undefined): OutputFormat {
  return asked ?? settings.output ?? (surroundings.stdout.isTTY === true ? 'pretty' : 'ndjson');
}

/** JsonLine returns one event as a line of JSON in this format (`pretty`: as NDJSON), or `undefined` if it is not a record. */
export type JsonLine = (event: WatchEvent) => string | undefined;

/** `jsonLine` returns the function that formats events as JSON in this format. `lifecycle`: lifecycle events too. */
export function jsonLine(context: CommandContext, format: OutputFormat, lifecycle: boolean): JsonLine {
  if (format !== 'cloudevents') return (event) => ndjsonLine(event, lifecycle, context.redactor.redact);
  const options = cloudEventOptions(context, lifecycle);
  return (event) => cloudEventLine(event, options);
}

/** `cloudEventOptions` says how the events of a watch become CloudEvents, on stdout and at a broker alike. */
export function cloudEventOptions({ settings, redactor }: CommandContext, lifecycle: boolean): CloudEventOptions {
  return { lifecycle, redact: redactor.redact, sourceOf: (target) => sourceOf(settings.graphUrl, target) };
}

/**
 * `sourceOf` returns the drive as an absolute URI, `https://graph.microsoft.com/v1.0/drives/b!…`, from a target's name
 * in records (`drive:b!…`). It only has to be the same every time: it is never requested.
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
    // A title with a slash in it: the name itself distinguishes the drives.
    return `${root}/#${encodeURIComponent(target.toWellFormed())}`;
  }
}
