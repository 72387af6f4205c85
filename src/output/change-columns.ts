/** Widths are how many columns each cell of a line takes; 0 for one that is left out. */
export interface Widths {
  time: number;
  target: number;
  what: number;
  who: number;
  size: number;
  /** `undefined`: as wide as it is. */
  path: number | undefined;
}

/** The widths that the lines so far have needed; cells only grow, so that lines stay aligned with those above. */
export interface Needed {
  time: number;
  target: number;
  who: number;
  size: number;
}

/** Between cells. */
export const SPACE = 2;
/** `modified` */
const WHAT_WIDTH = 8;

/**
 * `changeWidths` shares out the room of a line. `room`: columns of the terminal; `undefined` if it is none, where nothing is shortened.
 * What happened and the path are always there; the others only if the path leaves enough room.
 */
export function changeWidths(needed: Needed, room: number | undefined): Widths {
  if (room === undefined) return { ...needed, who: Math.max(needed.who, whoWidth(0)), what: WHAT_WIDTH, path: undefined };
  let left = room - WHAT_WIDTH - SPACE;
  const take = (width: number, leaving: number): number => {
    if (width === 0 || left - width - SPACE < leaving) return 0;
    left -= width + SPACE;
    return width;
  };
  // With several drives, which one it was matters more than when.
  const target = take(Math.min(needed.target, targetWidth(room)), 14);
  const time = take(needed.time, 14);
  const who = take(whoWidth(room), 28);
  const size = take(needed.size, 44);
  return { time, target, what: WHAT_WIDTH, who, size, path: left };
}

function targetWidth(room: number): number {
  return room < 60 ? 10 : room < 120 ? 16 : 24;
}

/** Most people's names fit; the width does not depend on who comes first. */
function whoWidth(room: number): number {
  return room < 120 ? 14 : 22;
}
