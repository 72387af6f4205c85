import { Hono } from 'hono';
import { cors } from 'hono/cors';
import type { HttpContext, HttpEnv } from '../../http/context.ts';
import type { ItemReference } from '../address/address.ts';
import type { Drive } from '../directory/directory.ts';
import { GraphError, invalidRequest } from '../errors.ts';
import { presentView } from '../items/item-answers.ts';
import { itemJson } from '../items/item-json.ts';
import type { GraphReply, GraphRequest, Json } from '../request.ts';
import type { GraphService } from '../service.ts';
import { MONITOR_PATH } from './copy-item.ts';
import { placeOf } from './place.ts';
import { storeFile } from './store-file.ts';
import type { UploadSession } from './upload-sessions.ts';
import { authorOf, checkPreconditions, conflictOf, nameIn, refuseOthers, timesIn } from './write-options.ts';

/**
 * The path of pre-authenticated uploads on the Graph listener: as deep as SharePoint's own, since the
 * Graph SDK takes the first of several segments for a version. The session's id is in the query, which
 * is not logged.
 */
export const UPLOAD_PATH = '/_api/v2.0/uploadSession';

/** `POST …/createUploadSession`. */
export async function createUploadSession(service: GraphService, request: GraphRequest, drive: Drive, reference: ItemReference): Promise<GraphReply> {
  const body = await request.json();
  refuseOthers(body, ['item', 'deferCommit', 'name', 'fileSize']);
  const { item = {}, deferCommit = false } = body;
  if (typeof item !== 'object' || item === null) throw invalidRequest("The property 'item' must be an object.");
  const properties = item as Json;
  refuseOthers(properties, ['name', 'fileSize', 'fileSystemInfo']);
  const place = placeOf(service, drive, reference);
  if ((nameIn(properties) ?? place.name) !== place.name) throw invalidRequest("The property 'name' does not match the URL.");
  checkPreconditions(request, drive, place.existing?.item);
  const session = service.uploadSessions.create({
    drive, reference,
    conflict: conflictOf(request, properties, 'replace'),
    times: timesIn(properties),
    author: authorOf(request.grant),
    preconditions: { header: (name) => (name === 'if-match' ? request.header(name) : undefined) },
  }, deferCommit === true);
  const url = new URL(UPLOAD_PATH, service.graphUrl);
  url.searchParams.set('session', session.id);
  return {
    status: 200,
    body: { '@odata.context': `${service.graphUrl}/${request.version}/$metadata#microsoft.graph.uploadSession`, uploadUrl: url.href, ...progress(session) },
  };
}

/** Serves the upload URLs and the monitors of copies: both need no token, since their URLs cannot be guessed. */
export function uploadRoutes(service: GraphService): Hono<HttpEnv> {
  const app = new Hono<HttpEnv>();
  app.use(UPLOAD_PATH, cors({ origin: '*' }));
  const sessionOf = (context: HttpContext): UploadSession => service.uploadSessions.session(new URL(context.req.url).searchParams.get('session') ?? '');
  app.get(UPLOAD_PATH, (context) => context.json(progress(sessionOf(context))));
  app.delete(UPLOAD_PATH, async (context) => {
    await service.uploadSessions.end(sessionOf(context));
    return context.body(null, 204);
  });
  app.put(UPLOAD_PATH, async (context) => {
    const session = sessionOf(context);
    const isLast = await service.uploadSessions.receive(session, context.req.header('content-range'), context.req.raw.body);
    return isLast && !session.deferCommit ? commit(context, service, session) : context.json(progress(session), 202);
  });
  app.post(UPLOAD_PATH, (context) => {
    const session = sessionOf(context);
    if (session.total === undefined || session.received !== session.total) throw new GraphError(400, 'invalidRequest', 'The upload is not complete.');
    return commit(context, service, session);
  });
  app.get(MONITOR_PATH, (context) => context.json(service.copyMonitors.outcome(new URL(context.req.url).searchParams.get('id') ?? '')));
  return app;
}

async function commit(context: HttpContext, service: GraphService, session: UploadSession): Promise<Response> {
  try {
    const { node, created } = await storeFile(service, session);
    return context.json(itemJson(node.item, presentView(service, session.drive)), created ? 201 : 200);
  } finally {
    await service.uploadSessions.end(session);
  }
}

function progress({ received, total, expiresMs }: UploadSession): Json {
  const expected = total === undefined || received < total ? [`${received}-`] : [];
  return { expirationDateTime: new Date(expiresMs).toISOString(), nextExpectedRanges: expected };
}
