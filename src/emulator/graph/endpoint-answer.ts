import { NAMESPACE } from '../push/push-host.ts';
import { sevenDigits } from '../push/endpoints.ts';
import type { Drive } from './directory/directory.ts';
import { accessDenied, invalidRequest } from './errors.ts';
import { readQuery } from './query/query-options.ts';
import type { GraphRequest } from './request.ts';
import type { GraphService } from './service.ts';

/**
 * The answer of "Get websocket endpoint". The documentation shows `id` and `notificationUrl`; the
 * rest was seen in answers of the real service.
 */
export function endpointAnswer(service: GraphService, request: GraphRequest, drive: Drive): Record<string, unknown> {
  const { grant } = request;
  readQuery(request.query, []);
  if (grant.user === undefined) throw accessDenied('Application permissions are not supported for this operation.');
  if (service.settings.requireContentType && request.header('content-type')?.startsWith('application/json') !== true) {
    throw invalidRequest('The header Content-Type: application/json is required.');
  }
  const endpoint = service.endpoints.create(drive, grant.user, grant.clientId);
  const url = new URL(NAMESPACE, service.pushUrl);
  url.searchParams.set('token', endpoint.token);
  // Microsoft's own client uses WebSocket alone if the URL contains `pushn`, and starts with polling otherwise.
  if (!service.settings.polling) url.searchParams.set('ring', 'pushn');
  // Seen on business drives.
  if (drive.driveType !== 'personal') url.searchParams.set('applicationId', endpoint.applicationId);
  return {
    '@odata.context': `${service.graphUrl}/${request.version}/$metadata#subscriptions/$entity`,
    clientState: endpoint.clientState,
    expirationDateTime: sevenDigits(endpoint.expiresMs),
    id: endpoint.id,
    notificationUrl: url.href,
    resource: drive.listId,
  };
}
