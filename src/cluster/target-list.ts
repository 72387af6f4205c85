/** ListedTarget is one target of the cluster's list. */
export interface ListedTarget {
  /** Its name in records. */
  target: string;
  /** A folder or a file in it: only that is watched. */
  below?: string;
  label?: string;
}

/** `keyOfListed` returns what tells a target from the others of the list: its label does not. */
export function keyOfListed({ target, below }: ListedTarget): string {
  return `${target}${below ?? ''}`;
}

/** `older`: the list was in force before the current one, and was not published. `same`: it is the current one. */
export type Published = 'published' | 'same' | 'older';
