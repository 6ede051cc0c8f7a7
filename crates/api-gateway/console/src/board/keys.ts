import type { KeyboardEvent } from "react";

/** Which way an arrow points among the columns: -1 back, 1 on. */
function across(key: string): number {
  const on = document.documentElement.dir === "rtl" ? "ArrowLeft" : "ArrowRight";
  if (key !== "ArrowLeft" && key !== "ArrowRight") return 0;
  return key === on ? 1 : -1;
}

/**
 * Arrows walk among the cards; with Alt they take the card along to the neighbouring column.
 * `move` is told the lead and the status that it goes to.
 */
export function boardKeys(event: KeyboardEvent<HTMLElement>, move: (lead: number, to: string) => void) {
  const target = event.target as HTMLElement;
  const card = target.closest<HTMLElement>("[data-lead]");
  const column = target.closest<HTMLElement>("[data-status]");
  if (!card || !column || target.tagName === "SELECT") return;
  const way = across(event.key);
  const neighbour = neighbourOf(column, way);
  if (way !== 0 && event.altKey) {
    event.preventDefault();
    if (neighbour?.dataset.status) move(Number(card.dataset.lead), neighbour.dataset.status);
    return;
  }
  if (event.altKey || event.ctrlKey || event.metaKey) return;
  const next = way === 0 ? above(card, event.key) : neighbour?.querySelector<HTMLElement>("[data-lead]");
  if (!next) return;
  event.preventDefault();
  focusCard(next);
}

function neighbourOf(column: HTMLElement, way: number): HTMLElement | null {
  if (way === 0) return null;
  return (way > 0 ? column.nextElementSibling : column.previousElementSibling) as HTMLElement | null;
}

function above(card: HTMLElement, key: string): HTMLElement | null | undefined {
  const place = card.parentElement;
  if (key === "ArrowDown") return place?.nextElementSibling?.querySelector<HTMLElement>("[data-lead]");
  if (key === "ArrowUp") return place?.previousElementSibling?.querySelector<HTMLElement>("[data-lead]");
  return null;
}

function focusCard(card: HTMLElement) {
  card.querySelector<HTMLElement>("button")?.focus();
}

/** Whether the focus is on the card of a lead. */
export function hasFocus(lead: number): boolean {
  return Boolean(document.activeElement?.closest(`[data-lead="${lead}"]`));
}

/** Puts the focus on the card of a lead, where it is shown. */
export function focusLead(lead: number) {
  const card = document.querySelector<HTMLElement>(`[data-lead="${lead}"]`);
  if (card) focusCard(card);
}
