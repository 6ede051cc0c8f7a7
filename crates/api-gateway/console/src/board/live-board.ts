import { type QueryClient, useQueryClient } from "@tanstack/react-query";
import { useEffect, useRef } from "react";
import { type LiveEvent, type StatusChanged, useLiveEvents } from "../api/live";
import { glide } from "./glide";
import { forget, remember } from "./heard";
import { type Card, findCard, placeCard, removeCard, rereadColumns, updateCard } from "./leads";

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
    const card = cardOf(event.data);
    if (card) remember(card);
    else forget(event.data.lead_id);
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

/** The card as a change leaves it, with what moved it unless somebody's hand did; none of a lead that was deleted. */
function cardOf(change: StatusChanged): Card | undefined {
  return change.lead ? { ...change.lead, moved: change.source === "manual" ? undefined : change } : undefined;
}

async function showOne(queries: QueryClient, change: StatusChanged, atOnce: boolean) {
  void queries.invalidateQueries({ queryKey: ["lead", change.lead_id] });
  const card = cardOf(change);
  if (!card) {
    removeCard(queries, change.lead_id);
    return;
  }
  const shown = findCard(queries, card.id);
  // Our own move comes back as an event too, and a column may have been read after the change: the card is there already.
  if (shown?.status === card.status && shown?.version === card.version) {
    if (card.moved) updateCard(queries, card);
    return;
  }
  const place = () => placeCard(queries, card);
  if (atOnce) place();
  else await glide(card.id, place);
}
