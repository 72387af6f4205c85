// Uses @pnp/graph as a program does, and prints each step as a line of JSON.
// process.argv: the folder with node_modules, Graph's address, a token
import console from 'node:console';
import { join } from 'node:path';
import process from 'node:process';
import { pathToFileURL } from 'node:url';

const [, , folder, graphUrl, token] = process.argv;
const load = (path) => import(pathToFileURL(join(folder, 'node_modules', path)).href);
const { graphfi, DefaultHeaders, DefaultInit } = await load('@pnp/graph/index.js');
const { BearerToken, BrowserFetchWithRetry, DefaultParse } = await load('@pnp/queryable/index.js');
for (const part of ['users', 'files', 'sites', 'groups', 'teams', 'shares', 'lists', 'search', 'batching']) await load(`@pnp/graph/${part}/index.js`).catch(() => load(`@pnp/graph/${part}.js`));

const tell = (step) => console.log(JSON.stringify(step));
const graph = graphfi().using(DefaultInit(`${graphUrl}/v1.0`), DefaultHeaders(), BrowserFetchWithRetry(), DefaultParse(), BearerToken(token));
const names = (items) => items.map(({ name }) => name);

tell({ me: (await graph.me()).userPrincipalName });
tell({ drives: names(await graph.me.drives()) });
const { drive } = graph.me;
tell({ children: names(await drive.root.children()) });
tell({ selected: await drive.root.children.select('name', 'size').orderBy('name', false)() });
tell({ filtered: names(await drive.root.children.filter("name eq 'a.txt'")()) });
tell({ byPath: (await drive.getItemByPath('Reports/b.txt')()).name });

const uploaded = await drive.root.upload({ filePathName: 'c.txt', content: 'see', contentType: 'text/plain' });
tell({ uploaded: uploaded.name });
tell({ content: await (await drive.getItemById(uploaded.id).getContent()).text() });
const made = await drive.root.children.addFolder({ name: 'Made' });
tell({ made: made.name });
const { resumableUpload } = await drive.getItemById(made.id).createUploadSession({ item: { name: 'd.bin' } });
const half = new Uint8Array(320 * 1024).fill(7);
await resumableUpload.upload(half.length, half, `bytes 0-${half.length - 1}/${2 * half.length}`);
tell({ expected: (await resumableUpload.status()).nextExpectedRanges });
tell({ resumed: (await resumableUpload.upload(half.length, half, `bytes ${half.length}-${2 * half.length - 1}/${2 * half.length}`)).size });
const moved = await drive.getItemById(uploaded.id).moveItem({ parentReference: { id: made.id }, name: 'moved.txt' });
tell({ moved: moved.name });
tell({ found: names(await drive.root.search('moved')()) });
const paged = [];
for await (const page of drive.root.children.top(1)) paged.push(...names(page));
tell({ paged });
const delta = await drive.root.delta()();
tell({ delta: names(delta.values) });
await drive.getItemById(uploaded.id).delete();
tell({ deleted: names(await drive.getItemById(made.id).children()) });

const site = await graph.sites.getByUrl('example.com', '/sites/Engineering');
tell({ site: (await site()).displayName, libraries: names(await site.drives()), lists: (await site.lists()).map(({ displayName }) => displayName) });
tell({ groups: (await graph.me.memberOf()).map(({ displayName }) => displayName), teams: (await graph.me.joinedTeams()).map(({ displayName }) => displayName) });
const [batched, execute] = graph.batched();
const answers = [batched.me(), batched.me.drive()];
await execute();
const [me, own] = await Promise.all(answers);
tell({ batch: [me.displayName, own.driveType] });
