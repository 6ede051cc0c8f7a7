import { hashKey, type InfiniteData, type QueryClient, useInfiniteQuery } from "@tanstack/react-query";
import { answer, api, type Lead, type Schemas } from "../api/client";
import type { StatusChanged } from "../api/live";
import { withHeard } from "./heard";

/** A lead as a card shows it: with what moved it, where that was seen happening. */
export type Card = Lead & { moved?: StatusChanged };
export type CardPage = { items: Card[]; next_cursor?: string | null };
type Column = InfiniteData<CardPage, string | undefined>;

/** What the whole board is narrowed to. */
export interface Filters {
  q?: string;
  list_id?: number;
  owner_user_id?: number;
  tag?: string;
  never_contacted?: boolean;
}

/** The first page is there soon; who scrolls wants many. */
const FIRST_CARDS = 50;
const LATER_CARDS = 200;
/** So many pages of a column are read again when all of it may have changed. */
const REREAD_PAGES = 2;

export function columnKey(status: string, filters: Filters) {
  return ["column", status, filters] as const;
}

/** The cards of a column, page by page. */
export function useColumn(status: string, filters: Filters) {
  return useInfiniteQuery({
    queryKey: columnKey(status, filters),
    queryFn: async ({ pageParam }): Promise<CardPage> => {
      const asked = performance.now();
      const page = await answer(
        api.GET("/api/leads", {
          params: {
            query: { status, ...filters, cursor: pageParam, limit: pageParam ? LATER_CARDS : FIRST_CARDS },
          },
        }),
      );
      // Only the top of a whole column is known to be the place of a card that has just come.
      const isTop = !pageParam && Object.values(filters).every((filter) => filter === undefined);
      return withHeard(page, status, isTop ? asked : undefined);
    },
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.next_cursor ?? undefined,
    // A column may hold 100,000 cards: to compare all of them with each new page would take longer than to draw the page.
    structuralSharing: false,
    // Live events keep it fresh.
    staleTime: Number.POSITIVE_INFINITY,
  });
}

/** The columns that are loaded, by their status. */
function columns(queries: QueryClient): [readonly unknown[], Column | undefined][] {
  return queries.getQueriesData<Column>({ queryKey: ["column"] });
}

/** The card of a lead, where one is loaded. */
export function findCard(queries: QueryClient, lead: number): Card | undefined {
  for (const [, column] of columns(queries)) {
    for (const page of column?.pages ?? []) {
      const card = page.items.find((item) => item.id === lead);
      if (card) return card;
    }
  }
  return undefined;
}

function holds(column: Column | undefined, lead: number): boolean {
  return column?.pages.some((page) => page.items.some((item) => item.id === lead)) ?? false;
}

function without(column: Column, lead: number): Column {
  const pages = column.pages.map((page) => ({
    ...page,
    items: page.items.filter((item) => item.id !== lead),
  }));
  return { ...column, pages };
}

/** Takes a card from every place. */
export function removeCard(queries: QueryClient, lead: number) {
  for (const [key, column] of columns(queries)) {
    if (column && holds(column, lead)) queries.setQueryData<Column>(key, without(column, lead));
  }
}

/**
 * Puts a card at the top of the column of its status, and takes it from every other place. Whether it passes a filter is known
 * where it was shown under the same one; else the column is read anew.
 */
export function placeCard(queries: QueryClient, card: Card) {
  const loaded = columns(queries);
  const passes = (filters: string) =>
    filters === hashKey([{}]) ||
    loaded.some(([key, column]) => hashKey([key[2]]) === filters && holds(column, card.id));
  const known = new Map(loaded.map(([key]) => [hashKey([key[2]]), passes(hashKey([key[2]]))]));
  for (const [key, column] of loaded) {
    if (!column) continue;
    const rest = without(column, card.id);
    if (key[1] !== card.status) {
      if (holds(column, card.id)) queries.setQueryData<Column>(key, rest);
    } else if (known.get(hashKey([key[2]]))) {
      const [first, ...others] = rest.pages;
      const pages = first ? [{ ...first, items: [card, ...first.items] }, ...others] : rest.pages;
      queries.setQueryData<Column>(key, { ...rest, pages });
    } else {
      void queries.invalidateQueries({ queryKey: key });
    }
  }
}

/** Reads the columns anew from their tops; whoever has scrolled far reads the rest when scrolling there again. */
export function rereadColumns(queries: QueryClient) {
  for (const [key, column] of columns(queries)) {
    if (!column || column.pages.length <= REREAD_PAGES) continue;
    const [pages, pageParams] = [
      column.pages.slice(0, REREAD_PAGES),
      column.pageParams.slice(0, REREAD_PAGES),
    ];
    queries.setQueryData<Column>(key, { pages, pageParams });
  }
  return queries.invalidateQueries({ queryKey: ["column"] });
}

/** Shows a card as it is now, where it is. */
export function updateCard(queries: QueryClient, lead: Schemas["LeadView"]) {
  for (const [key, column] of columns(queries)) {
    if (!column || !holds(column, lead.id)) continue;
    const pages = column.pages.map((page) => ({
      ...page,
      items: page.items.map((item) => (item.id === lead.id ? { ...item, ...lead } : item)),
    }));
    queries.setQueryData<Column>(key, { ...column, pages });
  }
}
