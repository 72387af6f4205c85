/** ClusterEvent is what happens to a member, for people. */
export type ClusterEvent =
  /** `generation`: how often this process has joined. */
  | { type: 'joined'; generation: number }
  /** The bucket has been unreachable for so long that nothing may be reported until it is reachable. */
  | { type: 'unsure'; reason: string }
  /** The bucket is reachable again, and nothing was taken over meanwhile. */
  | { type: 'sure' }
  /** The others have given this member up (it was stopped, or cut off): every lease is lost. It joins again. */
  | { type: 'fenced' }
  | { type: 'draining'; on: boolean }
  /** Another list of targets is in force. `by`: the member that published it. */
  | { type: 'list'; revision: number; targets: number; by: string }
  /** How many members are alive, this one included. */
  | { type: 'members'; members: number }
  /** Another member was asked by Graph to pause. */
  | { type: 'paused'; ms: number; by: string };
