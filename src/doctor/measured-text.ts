import { describeDuration } from '../lib/duration.ts';
import { VERSION } from '../version.ts';
import type { Measured } from './measured.ts';

export interface ReportParts {
  cloud: string;
  platform: string;
  /** RFC 3339. */
  time: string;
  credential: string;
  measured: Measured;
}

/** `reportText` returns what was measured as a paragraph to paste into a report. It names neither people nor drives. */
export function reportText({ cloud, platform, time, credential, measured }: ReportParts): string {
  const { endpoint, push, notification, probe, driveType, target } = measured;
  const drive = target === undefined ? '' : `, target ${target}${driveType === undefined ? '' : ` (drive type ${driveType})`}`;
  return [
    `graph-watch ${VERSION}, Node ${process.version} on ${platform}, ${time.slice(0, 10)}: cloud ${cloud}, credential ${credential}${drive}.`,
    ...(endpoint === undefined ? [] : [endpointText(endpoint)]),
    ...(push === undefined ? [] : pushTexts(push)),
    ...(push === undefined ? [] : [notification === undefined ? 'No notification came while connected.' : `First notification: ${notification.shape}.`]),
    ...(probe === undefined ? [] : [probeText(probe)]),
  ].join(' ');
}

function endpointText({ lifetimeMs, host, fields }: NonNullable<Measured['endpoint']>): string {
  return `Endpoint: lifetime ${lifetimeMs === null ? 'not given' : describeDuration(lifetimeMs)}, host ${host}, fields ${fields.join(', ')}.`;
}

function pushTexts(push: NonNullable<Measured['push']>): string[] {
  const { headers, otherHeaders, pingIntervalMs, pingTimeoutMs, firstPingMs, webSocketPongMs, namespaceAnswer, rootAnswer } = push;
  const shown = [...Object.entries(headers).map(([name, value]) => `${name}: ${value}`), ...otherHeaders.map((name) => `${name} (value omitted)`)];
  const texts = [`Handshake headers: ${shown.length === 0 ? 'none' : shown.join('; ')}.`];
  if (pingIntervalMs !== undefined) {
    const first = firstPingMs === undefined ? 'none came' : `the first came after ${describeDuration(firstPingMs)}`;
    texts.push(`Pings: every ${describeDuration(pingIntervalMs)}, timeout ${describeDuration(pingTimeoutMs ?? 0)}, ${first}.`);
  }
  if (webSocketPongMs !== undefined) texts.push(`A WebSocket ping was ${webSocketPongMs === null ? 'not answered' : `answered in ${webSocketPongMs} ms`}.`);
  if (namespaceAnswer !== undefined) texts.push(`Answer to the namespace: ${namespaceAnswer}.`);
  if (rootAnswer !== undefined) texts.push(`Answer to 40 (root namespace): ${rootAnswer ?? 'none'}.`);
  return texts;
}

function probeText({ notificationMs, deltaMs, notifications }: NonNullable<Measured['probe']>): string {
  const came = notificationMs === null ? 'no notification came' : `its notification came after ${describeDuration(notificationMs)} (${notifications} in all)`;
  return `A new file: ${came}, and delta ${deltaMs === null ? 'did not report it in time' : `reported it after ${describeDuration(deltaMs)}`}.`;
}
