import type { Personality } from '../options.ts';

/** An error in Graph's terms; `headers` are sent along (`Retry-After`, `Location`). */
export class GraphError extends Error {
  override readonly name = 'GraphError';
  readonly status: number;
  readonly code: string;
  readonly headers: Readonly<Record<string, string>>;

  constructor(status: number, code: string, message: string, headers: Readonly<Record<string, string>> = {}) {
    super(message);
    this.status = status;
    this.code = code;
    this.headers = headers;
  }
}

export const itemNotFound = (): GraphError => new GraphError(404, 'itemNotFound', 'The resource could not be found.');

export const invalidRequest = (message: string): GraphError => new GraphError(400, 'invalidRequest', message);

export const nameAlreadyExists = (): GraphError => new GraphError(409, 'nameAlreadyExists', 'The specified item name already exists.');

export const accessDenied = (message = 'Access denied'): GraphError => new GraphError(403, 'accessDenied', message);

export const notSupported = (message = 'Operation not supported'): GraphError => new GraphError(400, 'notSupported', message);

export interface GraphErrorContext {
  personality: Personality;
  nowMs: number;
  requestId: string;
  clientRequestId: string;
}

/** OneDrive personal spells it `innererror` and nests the code once more; everyone else says `innerError`. */
export function graphErrorBody(error: GraphError, context: GraphErrorContext): unknown {
  const inner = {
    date: new Date(context.nowMs).toISOString().slice(0, 19),
    'request-id': context.requestId,
    'client-request-id': context.clientRequestId,
  };
  const details =
    context.personality === 'personal'
      ? { innererror: { code: error.code, ...inner, innererror: { code: error.code } } }
      : { innerError: inner };
  return { error: { code: error.code, message: error.message, ...details } };
}
