import { dropTargetForElements } from "@atlaskit/pragmatic-drag-and-drop/element/adapter";
import { autoScrollForElements } from "@atlaskit/pragmatic-drag-and-drop-auto-scroll/element";
import { measureElement, useVirtualizer } from "@tanstack/react-virtual";
import { useEffect, useMemo, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import type { Status } from "../api/client";
import { number } from "../format";
import { Empty, Failure } from "../ui/states";
import { LeadCard } from "./card";
import { type Card, type Filters, useColumn } from "./leads";

/** A card's height before one of its shape is measured, in pixels. */
const CARD_HEIGHT = 118;
const GAP = 8;
/** So many cards before the end the next page is asked for. */
const AHEAD = 60;

interface Props {
  status: Status;
  statuses: Status[];
  filters: Filters;
  owners: Map<number, string>;
  move: (card: Card, to: string) => void;
  open: (lead: number) => void;
  find: (lead: number) => Card | undefined;
  chosen: Set<number>;
  toggle: (lead: number) => void;
}

/** The leads of one status, loaded as they are scrolled to. */
export function BoardColumn({ status, statuses, filters, owners, move, open, find, chosen, toggle }: Props) {
  const { t } = useTranslation();
  const scroller = useRef<HTMLDivElement>(null);
  const column = useColumn(status.name, filters);
  const cards = useMemo(() => column.data?.pages.flatMap((page) => page.items) ?? [], [column.data]);
  // Where a card turns out higher than was thought, what is in sight is kept in its place, against who is scrolling fast.
  const heights = useRef(new Map<string, number>());
  const over = useDropTarget(scroller, status.name, find, move);
  const virtual = useVirtualizer<HTMLDivElement, HTMLLIElement>({
    count: cards.length,
    getScrollElement: () => scroller.current,
    estimateSize: (at) => heights.current.get(shape(cards[at])) ?? CARD_HEIGHT,
    measureElement: (element, entry, instance) => {
      const height = measureElement(element, entry, instance);
      heights.current.set(shape(cards[Number(element.dataset.index)]), height);
      return height;
    },
    getItemKey: (at) => cards[at]?.id ?? at,
    gap: GAP,
    overscan: 8,
  });
  const shown = virtual.getVirtualItems();
  const last = shown.at(-1)?.index ?? 0;
  const { hasNextPage, isFetching, fetchNextPage } = column;
  useEffect(() => {
    if (hasNextPage && !isFetching && last >= cards.length - AHEAD) void fetchNextPage();
  }, [hasNextPage, isFetching, fetchNextPage, last, cards.length]);

  const heading = `column-${status.name}`;
  const filtered = Object.values(filters).some((filter) => filter !== undefined);
  return (
    <section
      className="column"
      aria-labelledby={heading}
      data-status={status.name}
      style={{ "--dot": status.color }}
    >
      <h2 id={heading} className="column-head">
        <span className="dot" />
        <span className="column-label">{status.label}</span>
        <span className="column-count">
          {filtered ? loaded(cards.length, hasNextPage) : number(status.lead_count)}
        </span>
      </h2>
      {column.error && cards.length === 0 && <Failure error={column.error} retry={() => column.refetch()} />}
      {column.isSuccess && cards.length === 0 && <Empty title={t("board.empty-column")} />}
      <div ref={scroller} className={over ? "cards cards-over" : "cards"}>
        <ul className="cards-all" style={{ blockSize: virtual.getTotalSize() }}>
          {shown.map(({ index, key, start }) => {
            const card = cards[index];
            return (
              card && (
                <li
                  key={key}
                  ref={virtual.measureElement}
                  data-index={index}
                  className="cards-one"
                  style={{ transform: `translateY(${start}px)` }}
                  aria-setsize={filtered ? -1 : status.lead_count}
                  aria-posinset={index + 1}
                >
                  <LeadCard
                    card={card}
                    statuses={statuses}
                    owner={card.owner_user_id ? owners.get(card.owner_user_id) : undefined}
                    move={move}
                    open={open}
                    chosen={chosen.has(card.id)}
                    toggle={toggle}
                  />
                </li>
              )
            );
          })}
        </ul>
        {(column.isFetchingNextPage || column.isPending) && (
          <p className="cards-more" role="status">
            <span className="spinner" aria-hidden="true" />
            <span className="visually-hidden">{t("loading")}</span>
          </p>
        )}
      </div>
    </section>
  );
}

/** Which lines a card has: those with the same are nearly always of the same height. */
function shape(card: Card | undefined): string {
  if (!card) return "";
  const foot = card.last_contact_at || card.follow_up_at || card.owner_user_id || card.tags.length > 0;
  const lines = [card.phone_e164 && card.full_name, card.summary, foot, card.moved];
  return lines.map((line) => (line ? "x" : "-")).join("");
}

/** How many leads pass a filter, as far as that is known. */
function loaded(count: number, more: boolean): string {
  return number(count) + (more ? "+" : "");
}

/** Takes leads that are dropped on an element, and scrolls it when one is held at its edge; answers whether one is over it. */
function useDropTarget(
  scroller: React.RefObject<HTMLElement | null>,
  status: string,
  find: Props["find"],
  move: Props["move"],
): boolean {
  const [over, setOver] = useState(false);
  useEffect(() => {
    const element = scroller.current;
    if (!element) return;
    const scrolls = autoScrollForElements({ element });
    const drops = dropTargetForElements({
      element,
      onDragEnter: () => setOver(true),
      onDragLeave: () => setOver(false),
      onDrop: ({ source }) => {
        setOver(false);
        const card = find(Number(source.data.lead));
        if (card && card.status !== status) move(card, status);
      },
    });
    return () => {
      scrolls();
      drops();
    };
  }, [scroller, status, find, move]);
  return over;
}
