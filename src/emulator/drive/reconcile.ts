import type { Author, Item } from './item.ts';
import type { Listing, Observed, Recognition } from './observation.ts';
import { newItem } from './tree.ts';
import type { Node, Tree } from './tree.ts';

export interface Reconciliation {
  tree: Tree;
  recognition: Recognition;
  author: Author;
  now: () => number;
  /** The version of a new item. */
  firstVersion: number;
  /** Returns the id for a new item. `link` distinguishes further hard links of one file. */
  newId(observed: Observed, link: string | undefined): string;
}

/** A folder entry with its node; undefined if it is new. */
interface Match {
  listing: Listing;
  entry: Observed;
  node: Node | undefined;
  /** Whether another entry of the same inode is already matched: this is a further hard link. */
  link: boolean;
}

/**
 * Updates the tree to match what was read, and returns the changed items, creations before deletions
 * (as the real delta may deliver them). Returns undefined and changes nothing if `complete` is false
 * and something vanished, or came from a folder that was not read: only a reading of the whole drive
 * can distinguish a move from a deletion.
 */
export function reconcile(
  context: Reconciliation,
  listings: readonly Listing[],
  complete: boolean,
): Item[] | undefined {
  const { tree, recognition } = context;
  for (const listing of listings) for (const entry of listing.entries) recognition.sees(entry);

  const matches = matchAll(context, listings);
  const matched = new Set(matches.map(({ node }) => node));
  const read = new Set(listings.map((listing) => knownFolder(context, listing)));
  const vanished = [...read].flatMap((folder) =>
    folder === undefined ? [] : [...folder.children.values()].filter((child) => !matched.has(child)),
  );
  if (!complete) {
    const cameFromElsewhere = matches.some(({ node }) => node?.parent !== undefined && !read.has(node.parent));
    const movedFolder = listings.some((listing) => {
      const known = knownFolder(context, listing);
      return known !== undefined && tree.byPath(listing.path) !== known;
    });
    if (vanished.length > 0 || cameFromElsewhere || movedFolder) return undefined;
  }
  return [...applyMatches(context, listings, matches), ...applyDeletions(context, vanished)];
}

/** Returns the node of a folder that was read; undefined if the folder is new. */
function knownFolder({ tree, recognition }: Reconciliation, listing: Listing): Node | undefined {
  if (listing.path === '') return tree.root;
  const known = tree.byInode(listing.self.inode);
  const inPlace = known !== undefined && tree.byPath(listing.path) === known;
  return known !== undefined && recognition.isSameFile(known.observed, listing.self, inPlace) ? known : undefined;
}

function matchAll(context: Reconciliation, listings: readonly Listing[]): Match[] {
  const { tree, recognition } = context;
  const taken = new Set<Node>();
  const matches: Match[] = [];
  // What stayed in its place comes first, so that a new hard link is not taken for a move of the old file.
  for (const listing of listings) {
    const folder = knownFolder(context, listing);
    for (const entry of listing.entries) {
      const there = folder?.children.get(entry.name);
      const stayed =
        there?.observed.inode === entry.inode && recognition.isSameFile(there.observed, entry, true) ? there : undefined;
      if (stayed !== undefined) taken.add(stayed);
      matches.push({ listing, entry, node: stayed, link: false });
    }
  }
  for (const match of matches) {
    if (match.node !== undefined) continue;
    const known = tree.byInode(match.entry.inode);
    if (known === undefined || known === tree.root) continue;
    if (!recognition.isSameFile(known.observed, match.entry, false)) continue;
    if (taken.has(known)) {
      match.link = true;
      continue;
    }
    match.node = known;
    taken.add(known);
  }
  // A new file under the name of one that vanished, in another inode, while the old one still
  // existed: an editor saved by writing a new file and renaming it. The item stays, as it does when
  // the OneDrive client uploads such a save.
  for (const match of matches) {
    if (match.node !== undefined || match.link || match.entry.folder) continue;
    const replaced = knownFolder(context, match.listing)?.children.get(match.entry.name);
    if (replaced === undefined || taken.has(replaced) || replaced.item.folder) continue;
    if (replaced.observed.inode === match.entry.inode) continue;
    match.node = replaced;
    taken.add(replaced);
  }
  return matches;
}

function applyMatches(context: Reconciliation, listings: readonly Listing[], matches: readonly Match[]): Item[] {
  const { tree } = context;
  const changed: Item[] = [];
  const folders = new Map<string, Node>();
  for (const listing of listings) {
    const known = knownFolder(context, listing);
    if (known !== undefined) folders.set(listing.path, known);
  }
  // Everything that moves is detached first: two files may have swapped their names.
  for (const { node, entry, listing } of matches) {
    if (node === undefined || (node.item.name === entry.name && node.parent === folders.get(listing.path))) continue;
    tree.touch(node.parent, context.now());
    tree.detach(node);
  }
  for (const { node, entry, listing, link } of matches) {
    const parent = folders.get(listing.path);
    if (parent === undefined) continue;
    const path = listing.path === '' ? entry.name : `${listing.path}/${entry.name}`;
    const present = node ?? addNode(context, entry, parent, link ? path : undefined);
    if (entry.folder) folders.set(path, present);
    if (node === undefined) changed.push(present.item);
    else if (updateNode(context, node, parent, entry)) changed.push(node.item);
  }
  return changed;
}

function addNode(context: Reconciliation, entry: Observed, parent: Node, link: string | undefined): Node {
  const item = newItem(context.newId(entry, link), parent.item.id, entry, context.author, context.firstVersion);
  const node: Node = { item, observed: entry, parent: undefined, children: new Map() };
  context.tree.add(node);
  context.tree.attach(node, parent, entry.name);
  return node;
}

/**
 * Returns whether the item changed. A folder's times change with its content, which is not a change of
 * the item. Renaming and moving set the item's time to now, as the real service does, although the
 * file system keeps the old one: clients treat an item with the same time as one that they know.
 */
function updateNode({ tree, author, now }: Reconciliation, node: Node, parent: Node, entry: Observed): boolean {
  const placed = node.parent === parent && node.item.name === entry.name;
  const before = node.observed;
  const rewritten =
    !entry.folder && (before.size !== entry.size || before.modifiedNs !== entry.modifiedNs || before.inode !== entry.inode);
  tree.observe(node, entry);
  if (placed && !rewritten) return false;
  if (rewritten) tree.resize(node, entry.size);
  node.item = {
    ...node.item,
    parentId: parent.item.id,
    name: entry.name,
    size: entry.folder ? node.item.size : entry.size,
    modifiedMs: rewritten ? entry.modifiedMs : now(),
    version: node.item.version + 1,
    contentVersion: node.item.contentVersion + (rewritten ? 1 : 0),
    modifiedBy: author,
  };
  if (placed) tree.touch(parent, node.item.modifiedMs);
  else tree.attach(node, parent, entry.name);
  return true;
}

/** Deletes these nodes with everything below them, each folder before its content, as business drives report it. */
function applyDeletions({ tree, author, now }: Reconciliation, vanished: readonly Node[]): Item[] {
  const changed: Item[] = [];
  for (const top of vanished) {
    const doomed = [...tree.all(top)];
    tree.touch(top.parent, now());
    tree.detach(top);
    for (const node of doomed) {
      tree.forget(node);
      changed.push({ ...node.item, version: node.item.version + 1, modifiedBy: author, deleted: true });
    }
  }
  return changed;
}
