import type { Card, CardPage } from "./leads";

/** So many leads are remembered, the latest. */
const REMEMBERED = 500;

/** What live events have told of leads, in the order in which they were last told of. */
const heard = new Map<number, { card: Card; at: number }>();

/** Remembers a card as a live event tells it. */
export function remember(card: Card) {
  heard.delete(card.id);
  heard.set(card.id, { card, at: performance.now() });
  for (const oldest of heard.keys()) {
    if (heard.size <= REMEMBERED) break;
    heard.delete(oldest);
  }
}

/** Of a lead that was deleted. */
export function forget(lead: number) {
  heard.delete(lead);
}

/** Before somebody else signs in. */
export function forgetAll() {
  heard.clear();
}

/**
 * A page of a column with what was heard and the page does not say: what moved a card, and what has changed since the page was
 * read. `since` is when it was asked for, on the clock of `performance.now()`; none for a page on which a new card has no place.
 */
export function withHeard(page: CardPage, status: string, since?: number): CardPage {
  const items = page.items.flatMap((item) => {
    const known = heard.get(item.id)?.card;
    if (!known) return item;
    if (known.version > item.version) return known.status === status ? known : [];
    return known.status === item.status ? { ...item, moved: known.moved } : item;
  });
  const shown = new Set(items.map(({ id }) => id));
  for (const { card, at } of heard.values()) {
    if (since !== undefined && at >= since && card.status === status && !shown.has(card.id))
      items.unshift(card);
  }
  return { ...page, items };
}
