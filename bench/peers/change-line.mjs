// The floor for a change: a WebSocket whose notifications cause one request of the delta link, over a connection that is
// kept open; each item of the answer is printed.
import { Agent } from 'undici';
import { WebSocket } from 'ws';

const agent = new Agent();
const headers = { authorization: `Bearer ${process.env.GRAPH_WATCH_TOKEN}` };

async function get(url) {
  const { origin, pathname, search } = new URL(url);
  const { body } = await agent.request({ origin, path: `${pathname}${search}`, method: 'GET', headers });
  return JSON.parse(await body.text());
}

let { '@odata.deltaLink': link } = await get(`${process.env.GRAPH_WATCH_GRAPH_URL}/v1.0/me/drive/root/delta?token=latest`);
const socket = new WebSocket(process.env.BENCH_PUSH, { perMessageDeflate: false });
socket.on('message', async (data) => {
  const frame = data.toString();
  if (frame === '2') socket.send('3');
  else if (frame.startsWith('0')) socket.send('40/notifications,');
  else if (!frame.startsWith('42')) process.stdout.write(`${frame}\n`);
  else {
    const page = await get(link);
    link = page['@odata.deltaLink'];
    for (const item of page.value) process.stdout.write(`${JSON.stringify(item)}\n`);
  }
});
