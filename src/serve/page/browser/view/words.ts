import type { Kind } from '../model/row.ts';

/** What happened, in the list. */
export const KIND_WORDS: Readonly<Record<Kind, string>> = {
  created: 'created', modified: 'modified', renamed: 'renamed', moved: 'moved', deleted: 'deleted', shared: 'sharing', unknown: 'changed',
  notification: 'changed', connection: 'connection',
};

/** What the chips above the list are called. */
export const KIND_CHIPS: readonly (readonly [Kind, string])[] = [
  ['created', 'Created'], ['modified', 'Modified'], ['renamed', 'Renamed'], ['moved', 'Moved'], ['deleted', 'Deleted'], ['shared', 'Sharing'], ['connection', 'Connection'],
];
