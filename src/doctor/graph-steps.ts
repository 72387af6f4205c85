import { endpointRequest } from '../app/graph-access.ts';
import { readPages } from '../changes/index/pages.ts';
import { WatchError } from '../errors.ts';
import { driveDelta } from '../graph/delta.ts';
import { fetchEndpoint } from '../graph/endpoint.ts';
import { drivePath } from '../graph/targets.ts';
import { describeDuration } from '../lib/duration.ts';
import { foreignText } from '../lib/foreign-text.ts';
import { textField } from '../lib/json.ts';
import type { Finding, Step } from './steps.ts';

const NO_DRIVE = 'no drive was specified: graph-watch doctor <target>';

export const graphStep: Step = {
  name: 'graph',
  needs: ['sign-in'],
  async run(journey, signal): Promise<Finding> {
    const { findTarget, get, measured, context } = journey;
    if (findTarget === undefined) return { detail: NO_DRIVE, skipped: true };
    const target = await findTarget(get, signal);
    const { body } = await get(`${drivePath(target)}?$select=id,driveType`, signal);
    journey.target = target;
    measured.target = target.kind;
    const kind = textField(body, 'driveType');
    if (kind !== undefined) measured.driveType = foreignText(kind, context.redactor.redact, 40);
    return { detail: `the drive can be read${measured.driveType === undefined ? '' : ` (${measured.driveType})`}` };
  },
};

export const endpointStep: Step = {
  name: 'endpoint',
  needs: ['graph'],
  async run(journey, signal): Promise<Finding> {
    const { target, context, get, measured } = journey;
    if (target === undefined) return { detail: NO_DRIVE, skipped: true };
    const endpoint = await fetchEndpoint(endpointRequest(context, target, get), signal).catch((error: unknown) => { throw withPolling(error); });
    journey.endpoint = endpoint;
    const { notificationUrl: { host }, lifetimeMs = null, unexpectedHost, raw } = endpoint;
    measured.endpoint = { lifetimeMs, host, fields: Object.keys(raw).map((key) => /^[@\w.]{1,60}$/.test(key) ? key : '(another field)') };
    return {
      detail: `on ${host}, ${lifetimeMs === null ? 'with an unreadable expiry' : `valid for ${describeDuration(lifetimeMs)}`}`,
      advice: unexpectedHost ? `${host} is not a known push host of this cloud: check GRAPH_WATCH_GRAPH_URL, and whether something intercepts the connection.` : undefined,
    };
  },
};

/** Graph refuses the endpoint to app-only tokens, with 403; 400 has been seen too. */
function withPolling(error: unknown): unknown {
  if (!(error instanceof WatchError) || error.category !== 'refused') return error;
  const { category, message, code, status, requestId, hint } = error;
  const polling = 'App-only tokens get no endpoint; watch --poll 30s works without one.';
  return new WatchError(category, message, { code, status, requestId, cause: error, hint: hint === undefined ? polling : `${hint} ${polling}` });
}

export const deltaStep: Step = {
  name: 'delta',
  needs: ['graph'],
  async run(journey, signal): Promise<Finding> {
    const { target, context: { settings }, get } = journey;
    if (target === undefined) return { detail: NO_DRIVE, skipped: true };
    const delta = driveDelta(target, get, settings.graphUrl);
    const page = await readPages('latest', await delta.page('latest', signal), (start) => delta.page(start, signal), ({ items }) => items.length);
    if ('gone' in page) throw new WatchError('network', `Graph returned no cursor (${page.gone})`, { code: page.gone, hint: 'Try again later.' });
    journey.deltaLink = page.cursor;
    return { detail: 'changes can be queried' };
  },
};
