import type { NotificationShape } from '../options.ts';
import { sevenDigits } from './endpoints.ts';
import type { Endpoint } from './endpoints.ts';

/**
 * Builds the argument of a `notification` event. `entries` is the shape of a frame captured from the
 * live service in 2026: a JSON string with a `value` array. `flat` is an older shape, also a string.
 * `object` is the captured shape as an object, which clients should accept too.
 */
export function notificationArgument(endpoint: Endpoint, shape: NotificationShape): unknown {
  switch (shape) {
    case 'entries':
      return JSON.stringify({ value: [entry(endpoint)] });
    case 'object':
      return { value: [entry(endpoint)] };
    case 'flat':
      return JSON.stringify({
        clientState: endpoint.clientState,
        subscriptionId: endpoint.id,
        subscriptionExpirationDateTime: sevenDigits(endpoint.expiresMs),
        userId: endpoint.user.id,
        resource: endpoint.drive.listId,
      });
  }
}

function entry(endpoint: Endpoint): Record<string, string> {
  return {
    subscriptionId: endpoint.id,
    clientState: endpoint.clientState,
    expirationDateTime: sevenDigits(endpoint.expiresMs),
    resource: endpoint.drive.listId,
    tenantId: endpoint.user.tenantId,
    siteUrl: endpoint.drive.siteUrl,
    webId: endpoint.drive.webId,
  };
}
