import { cpus, totalmem, type } from 'node:os';

export const ms = (value) => `${value.toFixed(value < 10 ? 2 : 1)} ms`;
export const us = (value) => `${value.toFixed(value < 100 ? 1 : 0)} µs`;
export const kb = (bytes) => `${(bytes / 1000).toFixed(0)} KB`;
export const mb = (bytes) => `${(bytes / 1e6).toFixed(1)} MB`;
export const perSecond = (value) => `${Math.round(value).toLocaleString('en')}/s`;
export const seconds = (value) => `${(value / 1000).toFixed(1)} s`;
export const bytes = (value) => `${Math.round(value)} B`;
export const count = (value) => String(value);

/** One row: `ours` compared with `peer`; the goal is met if ours/peer is at most `atMost`, or at least `atLeast` (neither: for information). */
export function row({ what, ours, peer, show, atMost, atLeast }) {
  const ratio = ours / peer.value;
  const goal = atMost !== undefined ? `≤ ${atMost}` : atLeast !== undefined ? `≥ ${atLeast}` : '';
  const met = atMost !== undefined ? ratio <= atMost : atLeast !== undefined ? ratio >= atLeast : undefined;
  return { what, ours: show(ours), peer: `${show(peer.value)} (${peer.name})`, ratio: ratio.toFixed(ratio < 0.1 ? 3 : 2), goal, met };
}

/** One row with a goal of its own, whatever the peer (if there is one) needs: at most `atMost`, in the unit of `ours` (none: for information). */
export function limit({ what, ours, peer, show, atMost }) {
  return {
    what, ours: show(ours), peer: peer === undefined ? '' : `${show(peer.value)} (${peer.name})`, ratio: peer === undefined ? '' : (ours / peer.value).toFixed(2),
    goal: atMost === undefined ? '' : `≤ ${show(atMost)}`, met: atMost === undefined ? undefined : ours <= atMost,
  };
}

export function markdown(rows) {
  const lines = ['| what | graph-watch | peer | ratio | goal | met |', '|---|--:|--:|--:|--:|:-:|'];
  for (const { what, ours, peer, ratio, goal, met } of rows) {
    lines.push(`| ${what} | ${ours} | ${peer} | ${ratio} | ${goal} | ${met === undefined ? '' : met ? 'yes' : '**no**'} |`);
  }
  return lines.join('\n');
}

export function machine() {
  const cores = cpus();
  return `${cores.length} cores (${cores[0]?.model.trim() ?? 'unknown'}), ${Math.round(totalmem() / 2 ** 30)} GB, ${type()}, Node ${process.versions.node}`;
}
