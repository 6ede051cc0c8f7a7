import { useQuery } from "@tanstack/react-query";
import { type ReactNode, useState } from "react";
import { useTranslation } from "react-i18next";
import { answer, api, type Schemas } from "../api/client";
import { day, duration, number, percent, shortDay } from "../format";
import { Field } from "../ui/field";
import { Figures } from "../ui/figures";
import { Empty, Failure, Loading } from "../ui/states";
import { Columns } from "./columns";
import { Corrections } from "./corrections";
import { Funnel } from "./funnel";
import { HeatMap } from "./heat-map";
import { CallOutcomes } from "./outcomes";
import "./analytics.css";

type Days = { from?: string; to?: string };

/** What the histories add up to. */
export default function Analytics() {
  const { t } = useTranslation();
  const [days, setDays] = useState<Days>({});
  return (
    <div className="page run-page">
      <header className="page-head">
        <h1>{t("page.analytics")}</h1>
        <div className="inline">
          {(["from", "to"] as const).map((end) => (
            <Field
              key={end}
              label={t(`analytics.${end}`)}
              type="date"
              value={days[end] ?? ""}
              onChange={(event) => setDays({ ...days, [end]: event.target.value || undefined })}
            />
          ))}
        </div>
      </header>
      <StatusPanels days={days} />
      <CallPanels days={days} />
      <RunPanels days={days} />
    </div>
  );
}

function Panel({ title, children }: { title: string; children: ReactNode }) {
  return (
    <section className="panel" aria-label={title}>
      <h2 className="panel-title">{title}</h2>
      {children}
    </section>
  );
}

const share = (value?: number | null) => (value == null ? "–" : percent(value));

function StatusPanels({ days }: { days: Days }) {
  const { t } = useTranslation();
  const told = useQuery({
    queryKey: ["analytics", "status", days],
    queryFn: () => answer(api.GET("/api/analytics/status", { params: { query: days } })),
  });
  if (told.isPending) return <Loading />;
  if (told.error) return <Failure error={told.error} retry={() => told.refetch()} />;
  const { summary, statuses, transitions, confidence, corrections } = told.data;
  const label = (name?: string | null) =>
    statuses.find(({ status }) => status === name)?.label ?? name ?? t("lead.no-status");
  const sure = bands(confidence);
  return (
    <>
      <p className="panel-note">
        {t("analytics.days", { from: day(told.data.from), to: day(told.data.to) })}
      </p>
      <Panel title={t("analytics.velocity")}>
        <Figures
          figures={[
            [t("analytics.created"), number(summary.created)],
            [t("analytics.changes"), number(summary.changes)],
            [t("analytics.automatic"), share(summary.automatic_share)],
            [t("analytics.corrected"), share(summary.correction_rate)],
          ]}
        />
        <table className="table">
          <thead>
            <tr>
              <th scope="col">{t("lead.status")}</th>
              <th scope="col">{t("analytics.entered")}</th>
              <th scope="col">{t("analytics.left")}</th>
              <th scope="col">{t("analytics.stay")}</th>
            </tr>
          </thead>
          <tbody>
            {statuses.map((row) => (
              <tr key={row.status}>
                <td dir="auto">{row.label}</td>
                <td>{number(row.entered)}</td>
                <td>{number(row.left)}</td>
                <td>{row.stay.median_seconds == null ? "–" : length(row.stay.median_seconds)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </Panel>
      <Panel title={t("analytics.funnel")}>
        <Funnel statuses={statuses} />
      </Panel>
      <Panel title={t("analytics.transitions")}>
        {transitions.length === 0 && <Empty title={t("analytics.nothing")} />}
        <ul className="moves">
          {transitions.slice(0, 12).map((move) => (
            <li key={`${move.from} ${move.to}`}>
              <bdi>{label(move.from)}</bdi> {t("arrow")} <bdi>{label(move.to)}</bdi>: {number(move.changes)}{" "}
              <small>
                {t("analytics.by-automation", { count: move.automatic, number: number(move.automatic) })}
              </small>
            </li>
          ))}
        </ul>
      </Panel>
      <Panel title={t("analytics.confidence")}>
        {sure.length === 0 ? (
          <Empty title={t("analytics.nothing")} />
        ) : (
          <Columns
            label={t("analytics.confidence")}
            names={sure.map(({ name }) => name)}
            series={[
              { label: t("analytics.moved"), values: sure.map(({ moved }) => moved), colour: "#3451b2" },
              { label: t("analytics.held-back"), values: sure.map(({ held }) => held), colour: "#b26a00" },
            ]}
          />
        )}
      </Panel>
      <Panel title={t("analytics.corrections")}>
        <Corrections rows={corrections} />
      </Panel>
    </>
  );
}

/** How often automation was how sure, over all sources. */
function bands(rows: Schemas["ConfidenceView"][]) {
  const found = new Map<number, { name: string; moved: number; held: number }>();
  for (const row of rows) {
    if (row.confidence_from == null) continue;
    const band = found.get(row.confidence_from) ?? { name: percent(row.confidence_from), moved: 0, held: 0 };
    band.moved += row.moved;
    band.held += row.held_back;
    found.set(row.confidence_from, band);
  }
  return [...found].sort(([one], [other]) => one - other).map(([, band]) => band);
}

function CallPanels({ days }: { days: Days }) {
  const { t } = useTranslation();
  const told = useQuery({
    queryKey: ["analytics", "calls", days],
    queryFn: () => answer(api.GET("/api/analytics/calls", { params: { query: days } })),
  });
  if (told.isPending) return <Loading />;
  if (told.error) return <Failure error={told.error} retry={() => told.refetch()} />;
  const { summary, heat_map, per_day, outcomes } = told.data;
  return (
    <>
      <Panel title={t("analytics.calls")}>
        <Figures
          figures={[
            [t("analytics.calls-made"), number(summary.calls)],
            [t("analytics.answer-rate"), share(summary.answer_rate)],
            [t("analytics.reach-rate"), share(summary.reach_rate)],
            [
              t("analytics.talk"),
              summary.talk.median_seconds == null ? "–" : duration(summary.talk.median_seconds),
            ],
          ]}
        />
        {per_day.length > 0 && (
          <Columns
            label={t("analytics.calls")}
            names={per_day.map((day) => shortDay(day.date))}
            series={[
              {
                label: t("analytics.calls-made"),
                values: per_day.map((day) => day.calls),
                colour: "#8a8f9c",
              },
              { label: t("analytics.reached"), values: per_day.map((day) => day.reached), colour: "#1a7441" },
            ]}
          />
        )}
      </Panel>
      {outcomes.length > 0 && (
        <Panel title={t("analytics.outcomes")}>
          <CallOutcomes outcomes={outcomes} />
        </Panel>
      )}
      <Panel title={t("analytics.heat-map")}>
        <HeatMap hours={heat_map} />
      </Panel>
    </>
  );
}

function RunPanels({ days }: { days: Days }) {
  const { t } = useTranslation();
  const told = useQuery({
    queryKey: ["analytics", "runs", days],
    queryFn: () => answer(api.GET("/api/analytics/runs", { params: { query: { ...days, limit: 20 } } })),
  });
  if (told.isPending) return <Loading />;
  if (told.error) return <Failure error={told.error} retry={() => told.refetch()} />;
  const { totals } = told.data;
  return (
    <Panel title={t("page.runs")}>
      <Figures
        figures={[
          [t("analytics.runs"), number(totals.runs)],
          [t("analytics.leads"), number(totals.total_leads)],
          [t("analytics.calls-made"), number(totals.calls)],
          [t("analytics.reach-rate"), share(totals.reach_rate)],
        ]}
      />
    </Panel>
  );
}

const HOUR = 3600;
const DAY = 24 * HOUR;

/** A length of time in its largest unit. */
function length(seconds: number): string {
  const [value, unit] =
    seconds >= DAY
      ? ([seconds / DAY, "day"] as const)
      : seconds >= HOUR
        ? ([seconds / HOUR, "hour"] as const)
        : ([seconds / 60, "minute"] as const);
  return new Intl.NumberFormat(document.documentElement.lang, {
    style: "unit",
    unit,
    unitDisplay: "long",
    maximumFractionDigits: 1,
  }).format(value);
}
