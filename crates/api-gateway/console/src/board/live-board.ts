import { type QueryClient, useQueryClient } from "@tanstack/react-query";
import { useEffect, useRef } from "react";
import { type LiveEvent, type StatusChanged, useLiveEvents } from "../api/live";
import { glide } from "./glide";
import { findCard, placeCard, removeCard, rereadColumns } from "./leads";

/** Events that come together are shown together. */
const TOGETHER_MILLISECONDS = 200;
/** More are not followed by the eye one by one: they are just put where they belong. */
const MANY = 20;

/** Keeps the loaded columns as the live events tell. */
export function useLiveBoard() {
  const queries = useQueryClient();
  const waiting = useRef(new Map<number, StatusChanged>());
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  useEffect(() => () => clearTimeout(timer.current), []);

  useLiveEvents((event: LiveEvent) => {
    if (event.type === "resync") {
      void rereadColumns(queries);
      void queries.invalidateQueries({ queryKey: ["statuses"] });
    }
    if (event.type !== "status.changed") return;
    waiting.current.set(event.data.lead_id, event.data);
    timer.current ??= setTimeout(() => {
      timer.current = undefined;
      const changes = [...waiting.current.values()];
      waiting.current.clear();
      void show(queries, changes);
    }, TOGETHER_MILLISECONDS);
  });
}

async function show(queries: QueryClient, changes: StatusChanged[]) {
  void queries.invalidateQueries({ queryKey: ["statuses"] });
  for (const change of changes) {
    await showOne(queries, change, changes.length > MANY);
  }
}

async function showOne(queries: QueryClient, change: StatusChanged, atOnce: boolean) {
  const { lead } = change;
  void queries.invalidateQueries({ queryKey: ["lead", change.lead_id] });
  if (!lead) {
    removeCard(queries, change.lead_id);
    return;
  }
  const shown = findCard(queries, lead.id);
  // Our own move comes back as an event too.
  if (shown?.status === lead.status && shown?.version === lead.version) return;
  const moved = change.source === "manual" ? undefined : change;
  const place = () => placeCard(queries, { ...lead, moved });
  if (atOnce) place();
  else await glide(lead.id, place);
}
