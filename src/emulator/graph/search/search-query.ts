import { requireScope } from '../bearer.ts';
import { rootOf } from '../drive-root.ts';
import { GraphError, invalidRequest, notSupported } from '../errors.ts';
import { presentView } from '../items/item-answers.ts';
import { itemJson } from '../items/item-json.ts';
import type { GraphRequest, Json } from '../request.ts';
import type { GraphService } from '../service.ts';
import { refuseOthers } from '../writes/write-options.ts';
import { parseKql } from './kql.ts';

/** The documented default and limit of hits per page. */
const USUAL_SIZE = 25;
const LARGEST_SIZE = 500;

/** `POST /search/query`, for files and folders in all drives that the user may read. */
export async function searchQuery(service: GraphService, request: GraphRequest): Promise<Json> {
  if (service.settings.personality === 'personal') throw new GraphError(400, 'BadRequest', 'This API is not supported for MSA accounts.');
  requireScope(request.grant, ['Files', 'Sites']);
  const body = await request.json();
  refuseOthers(body, ['requests']);
  if (!Array.isArray(body.requests) || body.requests.length !== 1) throw invalidRequest("The property 'requests' must contain exactly one request.");
  return {
    '@odata.context': `${service.graphUrl}/${request.version}/$metadata#Collection(microsoft.graph.searchResponse)`,
    value: [answerTo(service, request, objectIn(body.requests[0], 'A request'))],
  };
}

function answerTo(service: GraphService, request: GraphRequest, search: Json): Json {
  refuseOthers(search, ['entityTypes', 'query', 'from', 'size', 'region']);
  const { entityTypes, from = 0, size = USUAL_SIZE } = search;
  if (!Array.isArray(entityTypes) || entityTypes.some((type) => type !== 'driveItem')) throw notSupported("Only the entity type 'driveItem' is supported.");
  const { queryString } = objectIn(search.query, "The property 'query'");
  if (typeof queryString !== 'string') throw invalidRequest("The property 'queryString' is required.");
  if (!isCount(from) || !isCount(size) || size < 1 || size > LARGEST_SIZE) throw invalidRequest(`The property 'from' must not be negative, and 'size' must be 1 to ${LARGEST_SIZE}.`);
  const found = itemsFor(service, request, queryString);
  const hits = found.slice(from, from + size).map((resource, index) => ({ hitId: resource.id, rank: from + index + 1, summary: '', resource }));
  return {
    searchTerms: queryString.split(/\s+/).filter((word) => /^\w+$/.test(word)),
    hitsContainers: [{ ...(hits.length > 0 ? { hits } : {}), total: found.length, moreResultsAvailable: from + size < found.length }],
  };
}

function itemsFor(service: GraphService, { grant }: GraphRequest, queryString: string): Json[] {
  const accepts = parseKql(queryString);
  const drives = service.directory.drives.filter((drive) => !drive.isPhantom && service.sharing.mayRead(grant.user, drive));
  return drives.flatMap((drive) => {
    const root = rootOf(service.folder, drive);
    return [...service.folder.tree.all(root)].flatMap((node) => {
      if (node === root) return [];
      const { item } = node;
      const json = itemJson(item, presentView(service, drive));
      return accepts({ name: item.name, folder: item.folder, webUrl: String(json.webUrl) }) ? [{ '@odata.type': '#microsoft.graph.driveItem', ...json }] : [];
    });
  });
}

function objectIn(value: unknown, what: string): Json {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw invalidRequest(`${what} must be an object.`);
  return value as Json;
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value >= 0;
}
