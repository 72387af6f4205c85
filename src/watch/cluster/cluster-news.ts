import type { CommandContext } from '../../app/context.ts';
import type { ClusterEvent } from '../../cluster/cluster-events.ts';
import { describeDuration } from '../../lib/duration.ts';
import { safeText } from '../../output/safe-text.ts';

/** `sayClusterEvent` reports to people what happens to this member of a cluster. */
export function sayClusterEvent({ people }: Pick<CommandContext, 'people'>, { name, member }: { name: string; member: string }, event: ClusterEvent): void {
  const say = (line: string): void => { people.say(safeText(line)); };
  switch (event.type) {
    case 'joined':
      say(event.generation === 1 ? `Joined the cluster ${name} as ${member}` : `Rejoined the cluster ${name} as ${member} (generation ${event.generation})`);
      return;
    case 'unsure':
      people.warn(`lost contact with the cluster (${event.reason}); nothing is reported until NATS is reachable again`);
      return;
    case 'sure':
      say('Back in contact with the cluster; no target was taken over meanwhile');
      return;
    case 'fenced':
      people.warn('this member was silent for too long, so the others have taken over its targets; rejoining');
      return;
    case 'draining':
      say(event.on ? `Draining: handing over all targets, taking no new ones (undo: graph-watch cluster drain ${member} --undo --cluster ${name})` : 'No longer draining: taking targets again');
      return;
    case 'list':
      say(`List of targets: ${event.targets} ${event.targets === 1 ? 'target' : 'targets'}, published by ${event.by}`);
      return;
    case 'members':
      say(`The cluster has ${event.members} ${event.members === 1 ? 'member' : 'members'}`);
      return;
    case 'paused':
      say(`Graph asked ${event.by} to pause; this member pauses too, for ${describeDuration(event.ms)}`);
  }
}
