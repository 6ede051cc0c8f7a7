import type { Schemas } from "../api/client";

const KEPT = "callboard.selection";

/** Whom the board was asked to call: chosen leads, or all that pass what it was narrowed to. */
export type Selection = { leads: number[] } | { filter: Schemas["LeadFilter"] };

/** Keeps a selection for the page that starts a run. */
export function keepSelection(selection: Selection) {
  sessionStorage.setItem(KEPT, JSON.stringify(selection));
}

/** The selection, once. */
export function takeSelection(): Selection | undefined {
  const kept = sessionStorage.getItem(KEPT);
  sessionStorage.removeItem(KEPT);
  return kept ? (JSON.parse(kept) as Selection) : undefined;
}
