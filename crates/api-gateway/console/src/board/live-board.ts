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
  // By the lead; none where it was deleted.
  const waiting = useRef(new Map<number, Card | undefined>());
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
    waiting.current.set(event.data.lead_id, card);
    timer.current ??= setTimeout(() => {
      timer.current = undefined;
      const changed = [...waiting.current];
      waiting.current.clear();
      void show(queries, changed);
    }, TOGETHER_MILLISECONDS);
  });
}

/** The card as a change leaves it, with what moved it unless somebody's hand did; none of a lead that was deleted. */
function cardOf(change: StatusChanged): Card | undefined {
  return change.lead ? { ...change.lead, moved: change.source === "manual" ? undefined : change } : undefined;
}

async function show(queries: QueryClient, changed: [number, Card | undefined][]) {
  void queries.invalidateQueries({ queryKey: ["statuses"] });
  for (const [lead, card] of changed) {
    void queries.invalidateQueries({ queryKey: ["lead", lead] });
    if (card) await showOne(queries, card, changed.length > MANY);
    else removeCard(queries, lead);
  }
}

async function showOne(queries: QueryClient, card: Card, atOnce: boolean) {
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
