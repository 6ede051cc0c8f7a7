import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useCallback, useDeferredValue, useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { Link, useLocation } from "wouter";
import { answer, api } from "../api/client";
import { LeadDrawer } from "../lead/drawer";
import { keepSelection } from "../runs/selection";
import { isAdmin, useSignedIn } from "../session";
import { Button } from "../ui/button";
import { Empty, Failure, Loading } from "../ui/states";
import { BoardColumn } from "./column";
import { BoardFilters } from "./filters";
import { boardKeys, focusLead } from "./keys";
import { type Card, type Filters, findCard } from "./leads";
import { useLiveBoard } from "./live-board";
import { useMove } from "./move";
import { SelectionBar } from "./selection-bar";
import "./board.css";

/** The business's columns with their cards, and the drawer of the lead in the address. */
export function Board({ params }: { params: { lead?: string; part?: string } }) {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const [, navigate] = useLocation();
  const [text, search] = useState("");
  const [narrowed, narrow] = useState<Filters>({});
  const [chosen, choose] = useState<Set<number>>(new Set());
  const wanted = useDeferredValue(text.trim());
  const narrowedTo = useDeferredValue(narrowed);
  const filters: Filters = useMemo(() => ({ ...narrowedTo, q: wanted || undefined }), [wanted, narrowedTo]);
  const statuses = useStatuses();
  const owners = useOwners();
  const { mutate } = useMove();
  const move = useCallback((card: Card, to: string) => mutate({ card, to }), [mutate]);
  const moveByKey = (lead: number, to: string) => {
    const card = findCard(queries, lead);
    if (card) mutate({ card, to });
  };
  const open = useCallback((lead: number) => navigate(`/board/${lead}`), [navigate]);
  const close = (lead: number) => {
    navigate("/board");
    // The browser gives the focus back to the card, unless that was drawn anew in another column meanwhile.
    requestAnimationFrame(() => document.activeElement === document.body && focusLead(lead));
  };
  const toggle = useCallback(
    (lead: number) => choose((before) => before.symmetricDifference(new Set([lead]))),
    [],
  );
  const find = useCallback((lead: number) => findCard(queries, lead), [queries]);
  useLiveBoard();
  const shown = useMemo(() => statuses.data?.filter((status) => status.is_active) ?? [], [statuses.data]);

  if (statuses.isPending) return <Loading />;
  if (statuses.error) return <Failure error={statuses.error} retry={() => statuses.refetch()} />;
  const narrowedDown = Object.values(filters).some((filter) => filter !== undefined);
  const none = statuses.data.every((status) => status.lead_count === 0);
  return (
    <div className="board-page">
      <h1 className="visually-hidden">{t("page.board")}</h1>
      <div className="board-tools">
        <input
          type="search"
          className="board-search"
          aria-label={t("board.search")}
          placeholder={t("board.search")}
          value={text}
          onChange={(event) => search(event.target.value)}
        />
        <BoardFilters filters={narrowed} change={narrow} owners={owners} />
        {narrowedDown && (
          <>
            <CallFiltered filters={filters} />
            <Button
              look="quiet"
              onClick={() => {
                search("");
                narrow({});
              }}
            >
              {t("board.clear-filters")}
            </Button>
          </>
        )}
      </div>
      {none && shown.length > 0 && <NoLeads />}
      {shown.length === 0 ? (
        <Empty title={t("board.no-columns")}>
          <Link href="/settings/statuses">{t("board.to-statuses")}</Link>
        </Empty>
      ) : (
        // The keys belong to the cards in it, which are buttons.
        // biome-ignore lint/a11y/noStaticElementInteractions: it only hears what its cards do
        <div className="board" onKeyDown={(event) => boardKeys(event, moveByKey)}>
          {shown.map((status) => (
            <BoardColumn
              key={status.name}
              status={status}
              statuses={shown}
              filters={filters}
              owners={owners}
              move={move}
              open={open}
              find={find}
              chosen={chosen}
              toggle={toggle}
            />
          ))}
        </div>
      )}
      <SelectionBar chosen={chosen} clear={() => choose(new Set())} statuses={shown} owners={owners} />
      {params.lead && (
        <LeadDrawer
          key={params.lead}
          lead={Number(params.lead)}
          part={params.part}
          statuses={shown}
          close={() => close(Number(params.lead))}
        />
      )}
    </div>
  );
}

/** The way to a run of all leads that the board is narrowed to. */
function CallFiltered({ filters }: { filters: Filters }) {
  const { t } = useTranslation();
  const [, navigate] = useLocation();
  if (!isAdmin(useSignedIn())) return null;
  return (
    <Button
      onClick={() => {
        keepSelection({ filter: filters });
        navigate("/runs/new");
      }}
    >
      {t("board.call-filtered")}
    </Button>
  );
}

/** What to do with a board on which nobody stands yet. */
function NoLeads() {
  const { t } = useTranslation();
  const admin = isAdmin(useSignedIn());
  return (
    <div className="board-none">
      <p>{t(admin ? "board.no-leads" : "board.no-leads-agent")}</p>
      {admin && (
        <Link href="/import" className="button button-main">
          {t("board.to-import")}
        </Link>
      )}
    </div>
  );
}

/** The business's statuses in board order. */
export function useStatuses() {
  return useQuery({ queryKey: ["statuses"], queryFn: () => answer(api.GET("/api/lead-statuses")) });
}

/** The names of the business's users. */
export function useOwners(): Map<number, string> {
  const users = useQuery({
    queryKey: ["users"],
    queryFn: () => answer(api.GET("/api/users", { params: { query: { limit: 200 } } })),
  });
  return useMemo(
    () => new Map(users.data?.items.map((user) => [user.id, user.name || user.email]) ?? []),
    [users.data],
  );
}
