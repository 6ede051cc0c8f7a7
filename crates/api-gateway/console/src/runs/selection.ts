const KEPT = "callboard.selection";

/** Keeps chosen leads for the page that starts a run. */
export function keepSelection(leads: number[]) {
  sessionStorage.setItem(KEPT, JSON.stringify(leads));
}

/** The chosen leads, once. */
export function takeSelection(): number[] {
  const kept = sessionStorage.getItem(KEPT);
  sessionStorage.removeItem(KEPT);
  return kept ? (JSON.parse(kept) as number[]) : [];
}
