import type { Run } from "./runs";

/** So many jobs tell how long the rest takes. */
const ENOUGH = 5;

/** Seconds that a run still takes if it goes on as it went; undefined where that cannot be said. */
export function timeLeft(run: Run, now: number): number | undefined {
  const over = run.completed + run.failed;
  const rest = run.queued + run.in_progress;
  if (run.status !== "running" || !run.started_at || over < ENOUGH || rest === 0) return undefined;
  const spent = (now - new Date(run.started_at).getTime()) / 1000;
  return (spent / over) * rest;
}
