import type { Kind } from '../model/row.ts';

/** The words in the list for what happened. */
export const KIND_WORDS: Readonly<Record<Kind, string>> = {
  created: 'created', modified: 'modified', renamed: 'renamed', moved: 'moved', deleted: 'deleted', shared: 'sharing', unknown: 'changed',
  notification: 'changed', connection: 'connection',
};

/** The labels of the chips above the list. */
export const KIND_CHIPS: readonly (readonly [Kind, string])[] = [
  ['created', 'Created'], ['modified', 'Modified'], ['renamed', 'Renamed'], ['moved', 'Moved'], ['deleted', 'Deleted'], ['shared', 'Sharing'], ['connection', 'Connection'],
];
