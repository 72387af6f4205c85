// The floor for an index: every page of a drive requested and parsed, one after another, and discarded.
import { Agent } from 'undici';

const agent = new Agent();
const headers = { authorization: `Bearer ${process.env.GRAPH_WATCH_TOKEN}` };
let link = `${process.env.GRAPH_WATCH_GRAPH_URL}/v1.0/drives/large/root/delta?$top=1000`;
let items = 0;
while (link !== undefined) {
  const { origin, pathname, search } = new URL(link);
  const { body } = await agent.request({ origin, path: `${pathname}${search}`, method: 'GET', headers });
  const page = JSON.parse(await body.text());
  items += page.value.length;
  link = page['@odata.nextLink'];
}
process.stdout.write(`${items} items\n`);
setInterval(() => undefined, 60_000);
