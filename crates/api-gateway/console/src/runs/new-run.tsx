import { useMutation, useQuery } from "@tanstack/react-query";
import { useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { useLocation } from "wouter";
import { answer, api, type Schemas } from "../api/client";
import { useStatuses } from "../board/board";
import { number } from "../format";
import { Choice, Field } from "../ui/field";
import { FormEnd } from "../ui/form-end";
import { fieldErrors } from "../ui/problem-text";
import { Failure, Loading } from "../ui/states";
import { RetryFields, type RetryRules } from "./retry-fields";
import { type Selection, takeSelection } from "./selection";

type RunToStart = Schemas["RunToStart"];

/** Whom a run calls: a selection of the board, a list, or a status. */
type Whom =
  | { kind: "selection"; selection: Selection }
  | { kind: "list"; list: number }
  | { kind: "status"; status: string };

function chosen(whom: Whom): RunToStart {
  if (whom.kind === "selection") {
    return "leads" in whom.selection ? { lead_ids: whom.selection.leads } : { filter: whom.selection.filter };
  }
  if (whom.kind === "list") return { list_id: whom.list };
  return { filter: { status: whom.status } };
}

/** Chooses leads, says who would be called, and starts. */
export function NewRun() {
  const { t } = useTranslation();
  const [, navigate] = useLocation();
  const [selection] = useState(takeSelection);
  const [whom, choose] = useState<Whom | undefined>(selection && { kind: "selection", selection });
  const [concurrency, setConcurrency] = useState(3);
  const [startAt, setStartAt] = useState("");
  const [retry, setRetry] = useState<RetryRules>();
  // The same start, asked twice, is one run.
  const key = useRef(crypto.randomUUID());
  const start = useMutation({
    mutationFn: (body: RunToStart) =>
      answer(
        api.POST("/api/outbound/bulk-enqueue", {
          body,
          params: { header: { "Idempotency-Key": key.current } },
        }),
      ),
    onSuccess: ({ run_id }) => navigate(`/runs/${run_id}`),
    onError: () => {
      key.current = crypto.randomUUID();
    },
  });
  const errors = fieldErrors(start.error);
  return (
    <div className="page run-page">
      <h1>{t("run.new")}</h1>
      <form
        className="panel details"
        onSubmit={(event) => {
          event.preventDefault();
          if (!whom) return;
          const start_at = startAt ? new Date(startAt).toISOString() : undefined;
          start.mutate({ ...chosen(whom), concurrency, start_at, retry: retry as RunToStart["retry"] });
        }}
      >
        <Source selection={selection} whom={whom} choose={choose} />
        <Field
          label={t("run.concurrency")}
          error={errors.concurrency}
          type="number"
          min={1}
          max={10}
          required
          value={concurrency}
          onChange={(event) => setConcurrency(event.target.valueAsNumber)}
        />
        <Field
          label={t("run.start-at")}
          error={errors.start_at}
          type="datetime-local"
          value={startAt}
          onChange={(event) => setStartAt(event.target.value)}
        />
        <RetryFields rules={retry} change={setRetry} />
        {whom && <Preflight whom={whom} />}
        <FormEnd error={start.error} pending={start.isPending} disabled={!whom}>
          {t("run.start")}
        </FormEnd>
      </form>
    </div>
  );
}

interface SourceProps {
  selection?: Selection;
  whom?: Whom;
  choose: (whom?: Whom) => void;
}

function Source({ selection, whom, choose }: SourceProps) {
  const { t } = useTranslation();
  const statuses = useStatuses();
  const lists = useQuery({
    queryKey: ["lists"],
    queryFn: () => answer(api.GET("/api/lead-lists", { params: { query: { limit: 200 } } })),
  });
  const value = whom
    ? whom.kind === "list"
      ? `list ${whom.list}`
      : whom.kind === "status"
        ? `status ${whom.status}`
        : "selection"
    : "";
  return (
    <Choice
      label={t("run.whom")}
      required
      value={value}
      onChange={(event) => {
        const [kind, rest] = event.target.value.split(/ (.*)/s);
        if (kind === "selection" && selection) choose({ kind, selection });
        else if (kind === "list") choose({ kind, list: Number(rest) });
        else if (kind === "status" && rest) choose({ kind, status: rest });
        else choose(undefined);
      }}
    >
      <option value="">{t("run.choose")}</option>
      {selection && (
        <option value="selection">
          {"leads" in selection ? t("run.selection", { count: selection.leads.length }) : t("run.narrowed")}
        </option>
      )}
      <optgroup label={t("run.lists")}>
        {lists.data?.items.map((list) => (
          <option key={list.id} value={`list ${list.id}`}>
            {list.name} ({number(list.lead_count)})
          </option>
        ))}
      </optgroup>
      <optgroup label={t("run.statuses")}>
        {statuses.data
          ?.filter((status) => status.is_active)
          .map((status) => (
            <option key={status.name} value={`status ${status.name}`}>
              {status.label}
            </option>
          ))}
      </optgroup>
    </Choice>
  );
}

function Preflight({ whom }: { whom: Whom }) {
  const { t, i18n } = useTranslation();
  const told = useQuery({
    queryKey: ["preflight", whom, i18n.language],
    queryFn: () => answer(api.POST("/api/outbound/preflight", { body: chosen(whom) })),
    staleTime: 0,
  });
  if (told.isPending) return <Loading />;
  if (told.error) return <Failure error={told.error} retry={() => told.refetch()} />;
  const { would_call, skipped, waiting } = told.data;
  const reasons = Map.groupBy(skipped, (lead) => lead.reason);
  return (
    <section className="preflight" aria-live="polite">
      <p>
        <strong>
          {t("run.would-call", { called: number(would_call), all: number(would_call + skipped.length) })}
        </strong>
      </p>
      <ul>
        {[...reasons].map(([reason, leads]) => (
          <li key={reason}>
            {t(`skipped-count.${reason}`, { count: leads.length, number: number(leads.length) })}
          </li>
        ))}
        {waiting.map((group) => (
          <li key={group.reason}>
            {t("run.waiting", { count: group.count, number: number(group.count), detail: group.detail })}
          </li>
        ))}
      </ul>
    </section>
  );
}
