import { useEffect, useRef, useState } from "react";
import type { Lead } from "./client";

/** What `GET /api/events` tells. */
export type LiveEvent =
  | { type: "status.changed"; data: StatusChanged }
  | { type: "run.progress" | "run.finished"; data: { run_id: number } }
  | { type: "call.started" | "call.completed"; data: { lead_id: number; run_id?: number } }
  | { type: "notification"; data: { lead_id: number; title: string; body: string; url: string } }
  | { type: "resync"; data: Record<string, never> };

export interface StatusChanged {
  lead_id: number;
  from: string | null;
  to: string;
  source: "auto_inbound" | "auto_outbound" | "auto_whatsapp" | "manual";
  decision_id?: number;
  user_id?: number;
  confidence?: number;
  /** The lead as it is now; null when it was deleted. */
  lead?: Lead | null;
}

const KINDS = [
  "status.changed",
  "run.progress",
  "run.finished",
  "call.started",
  "call.completed",
  "notification",
  "resync",
] as const;

const listeners = new Set<(event: LiveEvent) => void>();

/** Hears every live event for as long as the component is there. */
export function useLiveEvents(listener: (event: LiveEvent) => void) {
  const latest = useRef(listener);
  latest.current = listener;
  useEffect(() => {
    const hear = (event: LiveEvent) => latest.current(event);
    listeners.add(hear);
    return () => {
      listeners.delete(hear);
    };
  }, []);
}

/** How long until a stream that was refused is asked for again, in ms: at least, and by chance as much again. */
const REFUSED_FOR = 2000;

/** Keeps the stream of this business open; answers whether it is. */
export function useLiveConnection(): boolean {
  const [connected, setConnected] = useState(true);
  useEffect(() => {
    let source: EventSource;
    let timer: number | undefined;
    // What was read before the first stream was there may have changed in between, as after any other gap.
    let missed = true;
    function open() {
      source = new EventSource("/api/events");
      source.onopen = () => {
        setConnected(true);
        if (missed) tell({ type: "resync", data: {} });
        missed = false;
      };
      source.onerror = () => {
        setConnected(false);
        // After a cut the browser comes back by itself and says what it heard last: it hears the rest, or that it has to
        // read everything again. After an answer that is no stream, as of a proxy whose gateway restarts, it gives up.
        if (source.readyState !== EventSource.CLOSED) return;
        missed = true;
        timer = window.setTimeout(open, REFUSED_FOR * (1 + Math.random()));
      };
      for (const type of KINDS) {
        source.addEventListener(type, (message) => {
          tell({ type, data: JSON.parse((message as MessageEvent<string>).data) } as LiveEvent);
        });
      }
    }
    open();
    return () => {
      window.clearTimeout(timer);
      source.close();
    };
  }, []);
  return connected;
}

function tell(event: LiveEvent) {
  for (const listener of listeners) listener(event);
}
