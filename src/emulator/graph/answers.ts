import type { Grant } from '../sign-in/tokens.ts';
import type { DriveReference, SiteReference } from './address.ts';
import { requireScope } from './bearer.ts';
import { deltaAnswer } from './delta-answer.ts';
import type { Drive, SharePointList, Site } from './directory.ts';
import { driveJson, listJson, siteJson, userJson } from './directory-json.ts';
import { endpointAnswer } from './endpoint-answer.ts';
import { accessDenied, invalidRequest, itemNotFound, notSupported } from './errors.ts';
import { childrenAnswer, itemAnswer, selected } from './item-answers.ts';
import type { GraphRequest } from './request.ts';
import type { GraphService } from './service.ts';

const FILE_SCOPES = ['Files', 'Sites'];

/** The body of a 200; throws GraphError for everything else. */
export function answer(service: GraphService, request: GraphRequest): unknown {
  const { address, grant } = request;
  requireScope(grant, address.what === 'me' ? ['User'] : FILE_SCOPES);
  const context = `${service.graphUrl}/${request.version}/$metadata`;
  switch (address.what) {
    case 'me':
      if (grant.user === undefined) throw invalidRequest('/me request is only valid with delegated authentication flow.');
      return { '@odata.context': `${context}#users/$entity`, ...selected(userJson(grant.user), request) };
    case 'site':
      return { '@odata.context': `${context}#sites/$entity`, ...selected(siteJson(site(service, address.site)), request) };
    case 'lists':
      return {
        '@odata.context': `${context}#lists`,
        value: site(service, address.site).lists.map((list) => selected(listJson(list), request)),
      };
    case 'list':
      return { '@odata.context': `${context}#lists/$entity`, ...selected(listJson(list(service, address.site, address.list)), request) };
    case 'listEndpoint':
      return endpointAnswer(service, request, libraryOf(list(service, address.site, address.list)));
    case 'drive':
      return { '@odata.context': `${context}#drives/$entity`, ...selected(driveJson(drive(service, grant, address.drive)), request) };
    case 'driveList':
      return { '@odata.context': `${context}#lists/$entity`, ...selected(listOf(service, drive(service, grant, address.drive)), request) };
    case 'endpoint':
      return endpointAnswer(service, request, drive(service, grant, address.drive));
    case 'item':
      return itemAnswer(service, request, drive(service, grant, address.drive), address.item);
    case 'children':
      return childrenAnswer(service, request, drive(service, grant, address.drive), address.item);
    case 'delta':
      return deltaAnswer(service, request, drive(service, grant, address.drive), address);
  }
}

function drive(service: GraphService, grant: Grant, reference: DriveReference): Drive {
  const found = ((): Drive | undefined => {
    switch (reference.of) {
      case 'me':
        if (grant.user === undefined) throw invalidRequest('/me request is only valid with delegated authentication flow.');
        return grant.user.drive;
      case 'drive':
        return service.directory.drive(reference.id);
      case 'user':
        return service.directory.userById(reference.id)?.drive;
      case 'group':
        return reference.id.toLowerCase() === service.directory.group.id ? service.directory.group.drive : undefined;
      case 'site':
        return site(service, reference.site).lists.find((entry) => entry.drive !== undefined)?.drive;
      case 'list':
        return list(service, reference.site, reference.list).drive;
    }
  })();
  if (found === undefined) throw itemNotFound();
  // Anyone may read the shared libraries; a person's own drive is theirs, unless an application asks.
  if (found.owner !== undefined && grant.user !== undefined && found.owner.id !== grant.user.id) throw accessDenied();
  return found;
}

function site(service: GraphService, reference: SiteReference): Site {
  const found = service.directory.siteBy(reference);
  if (found === undefined) throw itemNotFound();
  return found;
}

function list(service: GraphService, reference: SiteReference, idOrTitle: string): SharePointList {
  const found = service.directory.listBy(site(service, reference), idOrTitle);
  if (found === undefined) throw itemNotFound();
  return found;
}

/** Generic lists are reported not to work with socketIo. */
function libraryOf(found: SharePointList): Drive {
  if (found.drive === undefined) throw notSupported();
  return found.drive;
}

function listOf(service: GraphService, found: Drive): Record<string, unknown> {
  const known = service.directory.site.lists.find((entry) => entry.drive === found);
  return listJson(known ?? { id: found.listId, name: found.name, template: 'documentLibrary', webUrl: found.webUrl, drive: found });
}
