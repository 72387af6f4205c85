import type { Grant } from '../../sign-in/tokens.ts';
import { GraphError } from '../errors.ts';
import { handle, jsonObject } from '../handle.ts';
import type { GraphReply, Json } from '../request.ts';
import type { GraphService } from '../service.ts';

/** The documented limit. */
const REQUESTS_MAX = 20;

interface BatchStep {
  id: string;
  method: string;
  url: string;
  headers: ReadonlyMap<string, string>;
  body: unknown;
  dependsOn: readonly string[];
}

/**
 * Answers `POST /$batch`: up to 20 requests in one, each with an answer of its own. They run in
 * order; one that depends on a failed one gets 424. `errorBody` formats a refusal.
 */
export async function batchAnswer(service: GraphService, grant: Grant, version: string, body: Json, errorBody: (error: GraphError) => unknown): Promise<Json> {
  const responses: Json[] = [];
  const failed = new Set<string>();
  for (const step of stepsIn(body)) {
    const reply = step.dependsOn.some((id) => failed.has(id))
      ? refusal(new GraphError(424, 'FailedDependency', 'A request that this one depends on failed.'), errorBody)
      : await replyTo(service, grant, version, step, errorBody);
    if (reply.status >= 400) failed.add(step.id);
    const { status, headers = {}, body: json } = reply;
    responses.push({ id: step.id, status, headers: { ...(json === undefined ? {} : { 'Content-Type': 'application/json' }), ...headers }, ...(json === undefined ? {} : { body: json }) });
  }
  return { responses };
}

async function replyTo(service: GraphService, grant: Grant, version: string, step: BatchStep, errorBody: (error: GraphError) => unknown): Promise<GraphReply> {
  const { method, headers, body } = step;
  const url = new URL(`${service.graphUrl}/${version}${step.url.startsWith('/') ? '' : '/'}${step.url}`);
  try {
    return await handle(service, {
      method, url, grant,
      header: (name) => headers.get(name.toLowerCase()),
      json: () => Promise.resolve(jsonObject(typeof body === 'string' ? Buffer.from(body, 'base64').toString() : JSON.stringify(body ?? {}))),
      stream: () => new Blob([contentOf(body)]).stream(),
    });
  } catch (error) {
    if (!(error instanceof GraphError)) throw error;
    return refusal(error, errorBody);
  }
}

/** A body that is not JSON is encoded in base64. */
function contentOf(body: unknown): Uint8Array<ArrayBuffer> {
  return new Uint8Array(typeof body === 'string' ? Buffer.from(body, 'base64') : Buffer.from(body === undefined ? '' : JSON.stringify(body)));
}

function refusal(error: GraphError, errorBody: (error: GraphError) => unknown): GraphReply {
  return { status: error.status, headers: error.headers, body: errorBody(error) as Json };
}

function stepsIn({ requests }: Json): BatchStep[] {
  if (!Array.isArray(requests)) throw badBatch('The property requests is required.');
  if (requests.length > REQUESTS_MAX) throw badBatch(`Number of batch request steps exceeds the maximum value of ${REQUESTS_MAX}.`);
  const steps = requests.map(stepIn);
  const ids = new Set<string>();
  for (const { id, dependsOn } of steps) {
    if (ids.has(id)) throw badBatch(`The id ${id} is used twice.`);
    if (!dependsOn.every((other) => ids.has(other))) throw badBatch(`The request ${id} depends on one that does not come before it.`);
    ids.add(id);
  }
  return steps;
}

function stepIn(step: unknown): BatchStep {
  if (typeof step !== 'object' || step === null) throw badBatch('Each request must be an object.');
  const { id, method, url, headers = {}, body, dependsOn = [] } = step as Json;
  if (typeof id !== 'string' || id === '') throw badBatch('Each request needs an id.');
  if (typeof method !== 'string' || typeof url !== 'string') throw badBatch(`The request ${id} needs a method and a url.`);
  if (/^\/?\$batch\b/i.test(url) || /^\/?\w+:/.test(url.split('/')[0] ?? '')) throw badBatch(`The request ${id} has an invalid url.`);
  if (!Array.isArray(dependsOn) || !dependsOn.every((other) => typeof other === 'string')) throw badBatch(`dependsOn of the request ${id} must be an array of ids.`);
  const entries = typeof headers === 'object' && headers !== null ? Object.entries(headers) : [];
  return { id, method: method.toUpperCase(), url, headers: new Map(entries.map(([name, value]) => [name.toLowerCase(), String(value)])), body, dependsOn };
}

function badBatch(message: string): GraphError {
  return new GraphError(400, 'BadRequest', `Invalid batch payload format: ${message}`);
}
