import { Readable } from 'node:stream';
import { Hono } from 'hono';
import { cors } from 'hono/cors';
import { pathOf } from '../../drive/tree.ts';
import type { Node } from '../../drive/tree.ts';
import { errnoOf } from '../../errno.ts';
import type { HttpContext, HttpEnv } from '../../http/context.ts';
import { GraphError, itemNotFound } from '../errors.ts';
import { mimeType } from '../items/mime-type.ts';
import type { GraphService } from '../service.ts';
import { byteRange } from './byte-range.ts';
import { DOWNLOAD_PATH } from './download-urls.ts';

/** Serves the content of files at pre-authenticated URLs, whole or in ranges. */
export function downloadRoutes(service: GraphService): Hono<HttpEnv> {
  const app = new Hono<HttpEnv>();
  app.use(DOWNLOAD_PATH, cors({ origin: '*', exposeHeaders: ['Content-Range', 'ETag'] }));
  app.get(DOWNLOAD_PATH, async (context) => {
    const id = service.downloads.idIn(new URL(context.req.url).searchParams);
    if (id === undefined) throw new GraphError(401, 'unauthenticated', 'The download URL is not valid or has expired.');
    const node = service.folder.tree.byId(id);
    if (node === undefined || node.item.folder) throw itemNotFound();
    return contentOf(context, service, node);
  });
  return app;
}

async function contentOf(context: HttpContext, service: GraphService, node: Node): Promise<Response> {
  const file = await service.folder.files.openForReading(pathOf(node)).catch((error: unknown) => {
    if (errnoOf(error) === 'ENOENT' || errnoOf(error) === 'ELOOP') throw itemNotFound();
    throw error;
  });
  const { size } = await file.stat();
  const range = byteRange(context.req.header('range'), size);
  if (range === 'unsatisfiable') {
    await file.close();
    throw new GraphError(416, 'invalidRange', 'The requested range is not satisfiable.', { 'Content-Range': `bytes */${size}` });
  }
  const headers: Record<string, string> = {
    'Content-Type': mimeType(node.item.name),
    'Content-Length': String(range === undefined ? size : range.end - range.start + 1),
    // A drive's file must not run as a page of the emulator.
    'Content-Disposition': `attachment; filename*=UTF-8''${encodeURIComponent(node.item.name)}`,
    'X-Content-Type-Options': 'nosniff',
    'Accept-Ranges': 'bytes',
    ETag: `"${node.item.id},${node.item.contentVersion}"`,
    ...(range === undefined ? {} : { 'Content-Range': `bytes ${range.start}-${range.end}/${size}` }),
  };
  if (context.req.method === 'HEAD' || size === 0) {
    await file.close();
    return context.body(null, 200, headers);
  }
  // Closes the file at its end, or when the client goes away.
  const stream = Readable.toWeb(file.createReadStream(range ?? { start: 0, end: size - 1 })) as ReadableStream;
  return context.body(stream, range === undefined ? 200 : 206, headers);
}
