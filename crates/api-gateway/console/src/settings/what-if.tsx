import { keepPreviousData, useQuery } from "@tanstack/react-query";
import type { TFunction } from "i18next";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "wouter";
import { answer, api, type Schemas } from "../api/client";
import { useStatuses } from "../board/board";
import { number } from "../format";
import { problemText } from "../ui/problem-text";

/** A slider that still moves is not asked about. */
const SETTLED_MILLISECONDS = 400;
const SHOWN_EXAMPLES = 5;

/** Which leads would stand elsewhere by the rules that are being chosen, told while they are. */
export function WhatIf({ rules }: { rules: Schemas["Simulation"] }) {
  const { t } = useTranslation();
  const settled = useSettled(JSON.stringify(rules));
  const tried = useQuery({
    queryKey: ["what-if", settled],
    queryFn: () => answer(api.POST("/api/status-rules/simulate", { body: JSON.parse(settled) })),
    placeholderData: keepPreviousData,
    retry: false,
  });
  const told = tried.data;
  return (
    <section className="preflight" aria-label={t("automation.what-if")} aria-busy={tried.isFetching}>
      <p>
        <strong>{t("automation.what-if")}</strong>
      </p>
      {tried.error && (
        <p role="alert" className="form-error">
          {problemText(tried.error)}
        </p>
      )}
      <p aria-live="polite">{told ? summary(t, told) : t("loading")}</p>
      {told && told.elsewhere > 0 && <Moves told={told} />}
    </section>
  );
}

function summary(t: TFunction, told: Schemas["WhatIfView"]): string {
  if (told.leads === 0) return t("automation.no-history");
  return t(told.elsewhere === 0 ? "automation.nowhere" : "automation.elsewhere", {
    moved: number(told.elsewhere),
    all: number(told.leads),
  });
}

function Moves({ told }: { told: Schemas["WhatIfView"] }) {
  const { t } = useTranslation();
  const statuses = useStatuses();
  const label = (name?: string | null) =>
    statuses.data?.find((status) => status.name === name)?.label ?? name ?? t("lead.no-status");
  return (
    <>
      <ul>
        {told.by_status.map((move) => (
          <li key={`${move.from} ${move.to}`}>
            {number(move.leads)}: <bdi>{label(move.from)}</bdi> <span aria-hidden="true">{t("arrow")}</span>{" "}
            <bdi>{label(move.to)}</bdi>
          </li>
        ))}
      </ul>
      <details>
        <summary>{t("automation.examples")}</summary>
        <ul>
          {told.examples.slice(0, SHOWN_EXAMPLES).map((example) => (
            <li key={example.lead_id}>
              <Link href={`/board/${example.lead_id}/decisions`}>{example.name ?? t("lead.nameless")}</Link>:{" "}
              <bdi>{label(example.stands)}</bdi> <span aria-hidden="true">{t("arrow")}</span>{" "}
              <bdi>{label(example.would_stand)}</bdi>
            </li>
          ))}
        </ul>
      </details>
    </>
  );
}

/** A text once it has not changed for a while. */
function useSettled(text: string): string {
  const [settled, settle] = useState(text);
  useEffect(() => {
    const timer = setTimeout(() => settle(text), SETTLED_MILLISECONDS);
    return () => clearTimeout(timer);
  }, [text]);
  return settled;
}
