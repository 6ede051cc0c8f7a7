import { useQuery } from "@tanstack/react-query";
import { useEffect, useRef } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "wouter";
import { answer, api, type Lead, type Status } from "../api/client";
import { useMove } from "../board/move";
import { ago, phone, withoutTag } from "../format";
import { Button } from "../ui/button";
import { Scrolled } from "../ui/scrolled";
import { Failure, Loading } from "../ui/states";
import { useTitle } from "../ui/title";
import { CallNow } from "./call-now";
import { Calls } from "./calls";
import { Decisions } from "./decisions";
import { Details } from "./details";
import { FollowUp } from "./follow-up";
import { Timeline } from "./timeline";
import { Why } from "./why";
import "./drawer.css";

interface Props {
  lead: number;
  part?: string;
  statuses: Status[];
  close: () => void;
}

const PARTS = { timeline: Timeline, calls: Calls, decisions: Decisions, details: Details, why: Why };
type Part = keyof typeof PARTS;

/** Everything about one lead, beside the board. */
export function LeadDrawer({ lead, part = "timeline", statuses, close }: Props) {
  const { t } = useTranslation();
  const dialog = useRef<HTMLDialogElement>(null);
  // The dialog gives the focus back to the card when it closes by itself, so every way out goes through that.
  useEffect(() => dialog.current?.showModal(), []);
  const found = useQuery({
    queryKey: ["lead", lead],
    queryFn: () => answer(api.GET("/api/leads/{id}", { params: { path: { id: lead } } })),
  });
  return (
    // Escape closes a dialog by itself; the click is on what lies behind it.
    // biome-ignore lint/a11y/useKeyWithClickEvents: see above
    <dialog
      ref={dialog}
      className="drawer"
      aria-label={found.data?.full_name || t("lead.title")}
      onClose={close}
      onClick={(event) => event.target === dialog.current && dialog.current.close()}
    >
      <div className="drawer-content">
        <Button
          look="quiet"
          className="drawer-close"
          aria-label={t("close")}
          onClick={() => dialog.current?.close()}
        >
          ×
        </Button>
        {found.isPending && <Loading />}
        {found.error && <Failure error={found.error} retry={() => found.refetch()} />}
        {found.data && (
          <LeadView
            lead={found.data}
            statuses={statuses}
            part={part in PARTS ? (part as Part) : "timeline"}
          />
        )}
      </div>
    </dialog>
  );
}

function LeadView({ lead, statuses, part }: { lead: Lead; statuses: Status[]; part: Part }) {
  const { t } = useTranslation();
  const Shown = PARTS[part];
  useTitle(lead.full_name || t("lead.title"));
  return (
    <>
      <Head lead={lead} statuses={statuses} />
      <nav aria-label={t("lead.parts")} className="tabs">
        {Object.keys(PARTS).map((name) => (
          <Link
            key={name}
            href={`/board/${lead.id}/${name}`}
            className="tab"
            aria-current={name === part ? "page" : undefined}
            replace
          >
            {t(`lead.part.${name}`)}
          </Link>
        ))}
      </nav>
      <Scrolled name={t(`lead.part.${part}`)} className="drawer-part">
        <Shown lead={lead} statuses={statuses} />
      </Scrolled>
    </>
  );
}

function Head({ lead, statuses }: PartProps) {
  const { t } = useTranslation();
  const { mutate: move } = useMove();
  return (
    <header className="drawer-head">
      <h2 dir="auto">{lead.full_name || t("lead.nameless")}</h2>
      {lead.phone_e164 && (
        <a href={`tel:${lead.phone_e164}`}>
          <bdi dir="ltr">{phone(lead.phone_e164)}</bdi>
        </a>
      )}
      <div className="drawer-actions">
        <select
          className="board-filter"
          aria-label={t("lead.status")}
          value={lead.status ?? ""}
          onChange={(event) => move({ card: lead, to: event.target.value })}
        >
          {!lead.status && <option value="">{t("lead.no-status")}</option>}
          {statuses.map((status) => (
            <option key={status.name} value={status.name}>
              {status.label}
            </option>
          ))}
        </select>
        <CallNow lead={lead} />
      </div>
      <p className="drawer-facts">
        {lead.follow_up_at && <FollowUp at={lead.follow_up_at} />}
        {lead.last_contact_at && <span>{t("lead.last-contact", { when: ago(lead.last_contact_at) })}</span>}
        {lead.tags.map((tag) => (
          <span key={tag} className="tag" dir="auto">
            {tag}
          </span>
        ))}
      </p>
      {lead.summary && (
        <p className="drawer-summary" dir="auto">
          {withoutTag(lead.summary)}
        </p>
      )}
    </header>
  );
}

/** What every part of the drawer is given. */
export interface PartProps {
  lead: Lead;
  statuses: Status[];
}
