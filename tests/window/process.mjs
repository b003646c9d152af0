// Finding and ending the one process of the window that a test opened.

import { readFileSync, readdirSync, readlinkSync } from 'node:fs';

import { until } from './driver.mjs';

/** Ends it as a power cut would, and waits until it is gone. */
export async function cutPower(program, data) {
  const pid = find(program, data);
  if (pid === undefined) throw new Error('the window is not running');
  process.kill(pid, 'SIGKILL');
  await until('the window is gone', () => find(program, data) === undefined);
}

/** The process of `program` that has `data` as its folder; a dead one that waits to be collected is none. */
function find(program, data) {
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/u.test(name))) {
    try {
      if (readlinkSync(`/proc/${pid}/exe`) !== program) continue;
      if (readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0').includes(`MAJLIS_DATA=${data}`)) {
        return Number(pid);
      }
    } catch {
      // It ended while we looked, or is not ours to look at.
    }
  }
  return undefined;
}
