import { useInfiniteQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "wouter";
import { answer, api, type Schemas } from "../api/client";
import { useLiveEvents } from "../api/live";
import { ago, duration, moment, number } from "../format";
import { isAdmin, useSignedIn } from "../session";
import { More } from "../ui/more";
import { Empty, Failure, Loading } from "../ui/states";
import { passes, RunFilterBar, type RunFilters, useLists } from "./filters";
import { NewRun } from "./new-run";
import { Progress } from "./progress";
import { reasonText } from "./reason";
import { RunPage } from "./run";
import "./runs.css";

export type Run = Schemas["RunView"];

/** The runs of the business, one of them, or the way to a new one. */
export default function Runs({ params }: { params: { run?: string } }) {
  if (params.run === "new") return <NewRun />;
  if (params.run) return <RunPage id={Number(params.run)} />;
  return <History />;
}

/** With fewer on the page the next page is read at once. */
const FEW = 10;

function seconds(from: string, to: string): number {
  return (new Date(to).getTime() - new Date(from).getTime()) / 1000;
}

function History() {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const admin = isAdmin(useSignedIn());
  const pages = useInfiniteQuery({
    queryKey: ["runs"],
    queryFn: ({ pageParam }) =>
      answer(api.GET("/api/outbound/runs", { params: { query: { cursor: pageParam, limit: 30 } } })),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.next_cursor ?? undefined,
  });
  const [filters, narrow] = useState<RunFilters>({});
  const lists = useLists();
  const { hasNextPage, isFetching, fetchNextPage } = pages;
  const few =
    (pages.data?.pages.flatMap((page) => page.items) ?? []).filter((run) => passes(run, filters)).length <
    FEW;
  useEffect(() => {
    if (few && hasNextPage && !isFetching) void fetchNextPage();
  }, [few, hasNextPage, isFetching, fetchNextPage]);
  useLiveEvents((event) => {
    if (event.type === "run.progress" || event.type === "run.finished" || event.type === "resync") {
      void queries.invalidateQueries({ queryKey: ["runs"] });
    }
  });
  if (pages.isPending) return <Loading />;
  if (pages.error) return <Failure error={pages.error} retry={() => pages.refetch()} />;
  const all = pages.data.pages.flatMap((page) => page.items);
  const runs = all.filter((run) => passes(run, filters));
  return (
    <div className="page">
      <header className="page-head">
        <h1>{t("page.runs")}</h1>
        {admin && (
          <Link href="/runs/new" className="button button-main">
            {t("run.new")}
          </Link>
        )}
      </header>
      {all.length > 0 && <RunFilterBar filters={filters} change={narrow} lists={lists} />}
      {runs.length === 0 ? (
        <Empty title={t(all.length === 0 ? "run.none" : "run.none-so")}>
          {all.length === 0 && admin && <p>{t("run.none-how")}</p>}
        </Empty>
      ) : (
        <ul className="runs">
          {runs.map((run) => (
            <li key={run.run_id}>
              <Link href={`/runs/${run.run_id}`} className="panel run-row">
                <span>
                  <strong>{t(`run.kind.${run.kind}`, { id: run.run_id })}</strong>
                  <span className={`run-status run-status-${run.status}`}>
                    {t(`run.status.${run.status}`)}
                  </span>
                </span>
                <Progress run={run} />
                <span className="run-facts">
                  <span>{t("run.leads", { count: run.total_leads, number: number(run.total_leads) })}</span>
                  {run.outbound_list_id && lists.has(run.outbound_list_id) && (
                    <span dir="auto">{lists.get(run.outbound_list_id)}</span>
                  )}
                  <time dateTime={run.created_at} title={moment(run.created_at)}>
                    {ago(run.created_at)}
                  </time>
                  {run.started_at && run.ended_at && (
                    <span>{t("run.took", { time: duration(seconds(run.started_at, run.ended_at)) })}</span>
                  )}
                  {run.last_error && <span className="form-error">{reasonText(run.last_error)}</span>}
                </span>
              </Link>
            </li>
          ))}
        </ul>
      )}
      <More pages={pages} />
    </div>
  );
}
