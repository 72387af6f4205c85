// Uses Microsoft's Graph SDK as a program does, with Node's own fetch, and prints each step as a line of JSON.
// process.argv: Graph's address, a token, how many bytes to upload
import console from 'node:console';
import { randomBytes } from 'node:crypto';
import process from 'node:process';
import { BatchRequestContent, BatchResponseContent, Client, FileUpload, OneDriveLargeFileUploadTask, PageIterator } from '@microsoft/microsoft-graph-client';

const [, , graphUrl, token, size] = process.argv;
const tell = (step) => console.log(JSON.stringify(step));
const client = Client.init({ baseUrl: graphUrl, customHosts: new Set(['localhost']), authProvider: (done) => done(null, token) });

// A file of several fragments, which must be multiples of 320 KiB.
const content = randomBytes(Number(size));
const task = await OneDriveLargeFileUploadTask.createTaskWithFileObject(client, new FileUpload(content, 'large.bin', content.length), {
  path: '/Uploads', fileName: 'large.bin', conflictBehavior: 'replace', rangeSize: 320 * 1024 * 2,
  uploadEventHandlers: { progress: ({ minValue }) => tell({ progress: minValue }) },
});
const { responseBody: uploaded } = await task.upload();
tell({ uploaded: uploaded.name, size: uploaded.size, content: content.toString('base64').slice(0, 100) });

const names = [];
const page = await client.api('/me/drive/root/delta').select('id,name').top(2).get();
const pages = new PageIterator(client, page, ({ name }) => names.push(name) > 0);
await pages.iterate();
tell({ names, deltaLink: pages.getDeltaLink() });

const children = [];
const first = await client.api('/me/drive/root:/Uploads:/children').top(1).orderby('name desc').get();
await new PageIterator(client, first, ({ name }) => children.push(name) > 0).iterate();
tell({ children });

// The version is taken from the batch itself.
const batch = new BatchRequestContent([
  { id: '1', request: new globalThis.Request(`${graphUrl}/me/drive`) },
  { id: '2', request: new globalThis.Request(`${graphUrl}/me/drive/items/none`) },
]);
const answers = new BatchResponseContent(await client.api('/$batch').post(await batch.getContent()));
const [drive, missing] = ['1', '2'].map((id) => answers.getResponseById(id));
tell({ batch: [drive.status, (await drive.json()).driveType, missing.status] });

const downloaded = await client.api('/me/drive/root:/Uploads/large.bin:/content').getStream();
let length = 0;
for await (const piece of downloaded) length += piece.length;
tell({ downloaded: length });

const later = await client.api('/me/drive/root:/Uploads/small.txt:/content').put('small');
tell({ put: later.name });
const echo = await client.api(pages.getDeltaLink()).get();
tell({ echo: echo.value.map(({ name }) => name).filter((name) => name.endsWith('.txt')) });
