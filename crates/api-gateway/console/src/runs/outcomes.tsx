import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { answer, api, type Status } from "../api/client";
import { useStatuses } from "../board/board";
import { duration, number, percent } from "../format";
import { Figures } from "../ui/figures";
import type { Run } from "./runs";

const DAY_MILLISECONDS = 86_400_000;
const AGAIN_MILLISECONDS = 5000;
const RECENT_MILLISECONDS = 300_000;
/** More runs in three days are not looked through. */
const MOST = 100;

/** What came of a run's calls: who was reached, and where the leads were moved. */
export function Outcomes({ run }: { run: Run }) {
  const { t } = useTranslation();
  const statuses = useStatuses();
  // Runs are told by the business's days, which may begin before or after the reader's.
  const near = (days: number) =>
    new Date(new Date(run.created_at).getTime() + days * DAY_MILLISECONDS).toISOString().slice(0, 10);
  const told = useQuery({
    queryKey: ["outcomes", run.run_id],
    queryFn: () =>
      answer(
        api.GET("/api/analytics/runs", { params: { query: { from: near(-1), to: near(1), limit: MOST } } }),
      ),
    enabled: run.kind === "bulk",
    // Conversations are understood a while after their calls.
    refetchInterval: isRecent(run) ? AGAIN_MILLISECONDS : false,
  });
  const found = told.data?.items.find((one) => one.run_id === run.run_id);
  if (!found || found.calls === 0) return null;
  const figures: [string, string][] = [
    [t("analytics.calls-made"), number(found.calls)],
    [t("analytics.reached"), number(found.reached)],
    [t("analytics.reach-rate"), found.reach_rate == null ? "–" : percent(found.reach_rate)],
    [t("run.talk"), duration(found.talk_seconds)],
  ];
  return (
    <section className="panel" aria-label={t("run.outcomes")}>
      <h2 className="panel-title">{t("run.outcomes")}</h2>
      <Figures figures={figures} />
      <ul className="moved-to">
        {found.statuses.map(({ status, changes }) => (
          <li key={status}>
            <StatusName name={status} statuses={statuses.data ?? []} /> <strong>{number(changes)}</strong>
          </li>
        ))}
      </ul>
    </section>
  );
}

function isRecent(run: Run): boolean {
  return !run.ended_at || Date.now() - new Date(run.ended_at).getTime() < RECENT_MILLISECONDS;
}

/** A status with its colour. */
function StatusName({ name, statuses }: { name: string; statuses: Status[] }) {
  const status = statuses.find((one) => one.name === name);
  return (
    <>
      <span className="dot" style={{ "--dot": status?.color }} /> <bdi>{status?.label ?? name}</bdi>
    </>
  );
}
