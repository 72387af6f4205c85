import { spawnSync, type ChildProcess } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';

/** ProcessGroup is a running command together with what it has started. */
export interface ProcessGroup {
  /** Sends the signal to all of it. Does nothing once all of it has ended. */
  send(signal: NodeJS.Signals): void;
  /** Whether any of it is still running. */
  exists(): boolean;
}

/**
 * `ownGroup` says how a command has to be spawned so that `processGroup` reaches what it starts. On POSIX it
 * gets a session, and so a process group, of its own: a Ctrl-C reaches only us, and we pass it on.
 * On Windows a command that is detached would get a console window of its own.
 */
export function ownGroup(platform: NodeJS.Platform): { detached: boolean } {
  return { detached: platform !== 'win32' };
}

/** `processGroup` returns the group of a command that was spawned as `ownGroup` says. */
export function processGroup(child: ChildProcess, platform: NodeJS.Platform): ProcessGroup {
  return platform === 'win32' ? windowsTree(child) : posixGroup(child);
}

function posixGroup({ pid }: ChildProcess): ProcessGroup {
  const kill = (signal: NodeJS.Signals | 0): boolean => {
    try {
      return pid !== undefined && process.kill(-pid, signal);
    } catch {
      // ESRCH: all of it has ended. EPERM: what is left belongs to somebody else, or (macOS) is only waiting to be collected.
      return false;
    }
  };
  return {
    send: (signal) => { kill(signal); },
    exists: () => kill(0) && !isCollecting(pid),
  };
}

/**
 * Whether all that is left of a group has ended and only waits to be collected. Its parent is the first process
 * then, which in many containers never does that. Known only on Linux: false elsewhere.
 */
function isCollecting(group: number | undefined): boolean {
  const states = processes().flatMap((stat) => {
    // `pid (name) state ppid pgrp …`: the name may have anything in it.
    const [state, , pgrp] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return Number(pgrp) === group ? [state] : [];
  });
  return states.length > 0 && states.every((state) => state === 'Z' || state === 'X');
}

/** What Linux says about each process (proc(5), `/proc/pid/stat`); nothing elsewhere. */
function processes(): string[] {
  if (!existsSync('/proc/self/stat')) return [];
  return readdirSync('/proc').filter((name) => /^\d+$/.test(name)).flatMap((pid) => {
    try {
      return [readFileSync(`/proc/${pid}/stat`, 'latin1')];
    } catch {
      // It has ended meanwhile.
      return [];
    }
  });
}

/**
 * Windows has neither process groups nor signals: the console itself sends Ctrl-C to a command, and everything
 * else kills the command and its descendants without notice.
 */
function windowsTree(child: ChildProcess): ProcessGroup {
  const isRunning = (): boolean => child.exitCode === null && child.signalCode === null;
  return {
    send(signal) {
      if (signal === 'SIGINT' || !isRunning()) return;
      const { status } = spawnSync('taskkill', ['/pid', String(child.pid), '/t', '/f'], { stdio: 'ignore', windowsHide: true, timeout: 2_000 });
      if (status !== 0) child.kill('SIGKILL');
    },
    exists: isRunning,
  };
}
