import { draggable } from "@atlaskit/pragmatic-drag-and-drop/element/adapter";
import { memo, useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import type { Status } from "../api/client";
import { ago, percent, phone, withoutTag } from "../format";
import { FollowUp } from "../lead/follow-up";
import type { Card } from "./leads";

interface Props {
  card: Card;
  statuses: Status[];
  owner?: string;
  move: (card: Card, to: string) => void;
  open: (lead: number) => void;
  chosen: boolean;
  toggle: (lead: number) => void;
}

/** A lead on the board; drawn again only when something of it changed, for a column draws at every step of a scroll. */
export const LeadCard = memo(function LeadCard({ card, statuses, owner, move, open, chosen, toggle }: Props) {
  const { t } = useTranslation();
  const element = useRef<HTMLElement>(null);
  const dragging = useDraggable(element, card.id);
  const name = cardName(card) || t("lead.nameless");
  return (
    <article ref={element} className={dragging ? "card card-dragged" : "card"} data-lead={card.id}>
      <div className="card-head">
        <input
          type="checkbox"
          className="card-choose"
          aria-label={t("board.select-one", { name })}
          checked={chosen}
          onChange={() => toggle(card.id)}
        />
        <button
          type="button"
          className="card-name"
          aria-keyshortcuts="Alt+ArrowLeft Alt+ArrowRight"
          onClick={() => open(card.id)}
        >
          {name}
        </button>
        <MoveTo card={card} name={name} statuses={statuses} move={move} />
      </div>
      {card.phone_e164 && card.full_name && (
        <bdi dir="ltr" className="card-phone">
          {phone(card.phone_e164)}
        </bdi>
      )}
      {card.summary && (
        <p className="card-summary" dir="auto">
          {withoutTag(card.summary)}
        </p>
      )}
      <div className="card-foot">
        {card.last_contact_at && (
          <time dateTime={card.last_contact_at} title={t("board.last-contact")}>
            {ago(card.last_contact_at)}
          </time>
        )}
        {card.follow_up_at && <FollowUp at={card.follow_up_at} />}
        {owner && <span>{owner}</span>}
        {card.tags.map((tag) => (
          <span key={tag} className="tag" dir="auto">
            {tag}
          </span>
        ))}
      </div>
      {card.moved && (
        <p className="card-moved">
          {t(`board.moved.${card.moved.source}`)}
          {card.moved.confidence !== undefined && ` · ${percent(card.moved.confidence)}`}
        </p>
      )}
    </article>
  );
});

/** What a lead is called where it has to have a name. */
export function cardName(card: Pick<Card, "full_name" | "phone_e164">): string {
  return card.full_name || (card.phone_e164 ? phone(card.phone_e164) : "");
}

/** The way to another column for who does not drag: by keyboard, on a phone, with a screen reader. */
function MoveTo({
  card,
  name,
  statuses,
  move,
}: Pick<Props, "card" | "statuses" | "move"> & { name: string }) {
  const { t } = useTranslation();
  return (
    <span className="card-menu">
      <span aria-hidden="true">⋮</span>
      <select
        aria-label={t("board.move", { name })}
        value={card.status ?? ""}
        onChange={(event) => move(card, event.target.value)}
      >
        {!card.status && <option value="">{t("lead.no-status")}</option>}
        {statuses.map((status) => (
          <option key={status.name} value={status.name}>
            {status.label}
          </option>
        ))}
      </select>
    </span>
  );
}

/** Lets an element be dragged as a lead; answers whether it is. */
function useDraggable(element: React.RefObject<HTMLElement | null>, lead: number): boolean {
  const [dragging, setDragging] = useState(false);
  useEffect(() => {
    if (!element.current) return;
    return draggable({
      element: element.current,
      getInitialData: () => ({ lead }),
      onDragStart: () => setDragging(true),
      onDrop: () => setDragging(false),
    });
  }, [element, lead]);
  return dragging;
}
