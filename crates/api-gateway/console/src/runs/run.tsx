import { useInfiniteQuery, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "wouter";
import { answer, api, type Schemas } from "../api/client";
import { useLiveEvents } from "../api/live";
import { clock, duration, moment, number } from "../format";
import { isAdmin, useSignedIn } from "../session";
import { Button } from "../ui/button";
import { More } from "../ui/more";
import { problemText } from "../ui/problem-text";
import { Empty, Failure, Loading } from "../ui/states";
import { useTitle } from "../ui/title";
import { failed } from "../ui/toasts";
import { InTheAir, Seconds } from "./air";
import { Outcomes } from "./outcomes";
import { Counts, Progress } from "./progress";
import { reasonText } from "./reason";
import type { Run } from "./runs";
import { timeLeft } from "./time-left";

/** Events that come together are read together. */
const TOGETHER_MILLISECONDS = 500;

/** One run as it goes. */
export function RunPage({ id }: { id: number }) {
  const { t } = useTranslation();
  const run = useQuery({
    queryKey: ["run", id],
    queryFn: () => answer(api.GET("/api/outbound/runs/{id}", { params: { path: { id } } })),
  });
  useFreshRun(id);
  const admin = isAdmin(useSignedIn());
  useTitle(run.data && t(`run.kind.${run.data.kind}`, { id }));
  if (run.isPending) return <Loading />;
  if (run.error) return <Failure error={run.error} retry={() => run.refetch()} />;
  return (
    <div className="page run-page">
      <header className="page-head">
        <h1>
          {t(`run.kind.${run.data.kind}`, { id })}{" "}
          <span className={`run-status run-status-${run.data.status}`}>
            {t(`run.status.${run.data.status}`)}
          </span>
        </h1>
        <Controls run={run.data} />
      </header>
      <section className="panel" aria-label={t("run.progress")}>
        {run.data.last_error && (
          <p role="alert" className="form-error">
            {reasonText(run.data.last_error)}
          </p>
        )}
        <Progress run={run.data} />
        <Counts run={run.data} />
        <Times run={run.data} />
      </section>
      <InTheAir run={run.data} />
      {admin && <Outcomes run={run.data} />}
      <Jobs run={id} />
    </div>
  );
}

/** Reads a run anew when something of it is told. */
function useFreshRun(id: number) {
  const queries = useQueryClient();
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  useEffect(() => () => clearTimeout(timer.current), []);
  useLiveEvents((event) => {
    const about = event.type === "resync" || ("run_id" in event.data && event.data.run_id === id);
    if (!about) return;
    timer.current ??= setTimeout(() => {
      timer.current = undefined;
      void queries.invalidateQueries({ queryKey: ["run", id] });
    }, TOGETHER_MILLISECONDS);
  });
}

function Times({ run }: { run: Run }) {
  const { t } = useTranslation();
  const left = timeLeft(run, Date.now());
  return (
    <p className="run-facts">
      {run.start_at && !run.started_at && <span>{t("run.starts", { at: moment(run.start_at) })}</span>}
      {run.started_at && <span>{t("run.started", { at: moment(run.started_at) })}</span>}
      {run.ended_at && <span>{t("run.ended", { at: moment(run.ended_at) })}</span>}
      {left !== undefined && (
        <strong>
          {t("run.left", { time: duration(left), at: clock(new Date(Date.now() + left * 1000)) })}
        </strong>
      )}
      <span>{t("run.at-once", { count: run.concurrency })}</span>
    </p>
  );
}

function Controls({ run }: { run: Run }) {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const dialog = useRef<HTMLDialogElement>(null);
  const [hangUp, setHangUp] = useState(false);
  const path = { path: { id: run.run_id } };
  const act = useMutation({
    mutationFn: (what: "pause" | "resume" | "cancel") => {
      if (what === "cancel") {
        return answer(
          api.POST("/api/outbound/runs/{id}/cancel", { params: path, body: { hang_up: hangUp } }),
        );
      }
      if (what === "pause") return answer(api.POST("/api/outbound/runs/{id}/pause", { params: path }));
      return answer(api.POST("/api/outbound/runs/{id}/resume", { params: path }));
    },
    onSettled: () => queries.invalidateQueries({ queryKey: ["run", run.run_id] }),
    onError: (error) => failed(problemText(error)),
  });
  const admin = isAdmin(useSignedIn());
  if (!admin || ["completed", "failed", "cancelled"].includes(run.status)) return null;
  const paused = run.status === "paused" || run.pause_requested;
  return (
    <div className="run-controls">
      <Button pending={act.isPending} onClick={() => act.mutate(paused ? "resume" : "pause")}>
        {t(paused ? "run.resume" : "run.pause")}
      </Button>
      <Button look="danger" onClick={() => dialog.current?.showModal()}>
        {t("run.cancel")}
      </Button>
      <dialog ref={dialog} className="ask" aria-labelledby="cancel-run">
        <h2 id="cancel-run">{t("run.cancel-ask")}</h2>
        <label>
          <input type="checkbox" checked={hangUp} onChange={(event) => setHangUp(event.target.checked)} />{" "}
          {t("run.hang-up")}
        </label>
        <div className="run-controls">
          <Button
            look="danger"
            onClick={() => {
              act.mutate("cancel");
              dialog.current?.close();
            }}
          >
            {t("run.cancel")}
          </Button>
          <Button onClick={() => dialog.current?.close()}>{t("run.keep")}</Button>
        </div>
      </dialog>
    </div>
  );
}

function Jobs({ run }: { run: number }) {
  const { t } = useTranslation();
  const pages = useInfiniteQuery({
    queryKey: ["run", run, "jobs"],
    queryFn: ({ pageParam }) =>
      answer(
        api.GET("/api/outbound/runs/{id}/jobs", {
          params: { path: { id: run }, query: { cursor: pageParam, limit: 50 } },
        }),
      ),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.next_cursor ?? undefined,
  });
  if (pages.isPending) return <Loading />;
  if (pages.error) return <Failure error={pages.error} retry={() => pages.refetch()} />;
  const jobs = pages.data.pages.flatMap((page) => page.items);
  if (jobs.length === 0) return <Empty title={t("run.no-jobs")} />;
  return (
    <section className="panel" aria-label={t("run.jobs")}>
      <table className="table">
        <thead>
          <tr>
            <th scope="col">{t("run.job.lead")}</th>
            <th scope="col">{t("run.job.status")}</th>
            <th scope="col">{t("run.job.reason")}</th>
            <th scope="col">{t("run.job.calls")}</th>
          </tr>
        </thead>
        <tbody>
          {jobs.map((job) => (
            <Job key={job.job_id} job={job} />
          ))}
        </tbody>
      </table>
      <More pages={pages} />
    </section>
  );
}

function Job({ job }: { job: Schemas["JobView"] }) {
  const { t } = useTranslation();
  const last = job.calls.at(-1);
  const inAir = last && !last.ended_at ? last : undefined;
  return (
    <tr>
      <td>
        <Link href={`/board/${job.lead_id}`}>{job.lead_name || t("lead.nameless")}</Link>
      </td>
      <td>
        {inAir ? (
          <>
            {t([`call-status.${inAir.status}`, "call-status.other"])} <Seconds since={inAir.created_at} />
          </>
        ) : (
          t(`run.job-status.${job.status}`)
        )}
      </td>
      <td>
        <Result job={job} />
      </td>
      <td>
        {number(job.calls.length)}
        {last?.duration_seconds ? <small> · {duration(last.duration_seconds)}</small> : null}
      </td>
    </tr>
  );
}

/** What came of a job, or what it waits for. */
function Result({ job }: { job: Schemas["JobView"] }) {
  const { t } = useTranslation();
  if (job.reason) return <bdi>{reasonText(job.reason)}</bdi>;
  if (job.deferred_by && job.due_at) {
    return t([`run.deferred.${job.deferred_by}`, "run.deferred.other"], { at: moment(job.due_at) });
  }
  if (!job.outcome) return null;
  const machine = job.outcome === "completed" && job.calls.at(-1)?.answered_by === "machine";
  const outcome = machine ? "voicemail" : job.outcome;
  return t([`run.outcome.${outcome}`, `call-status.${outcome}`, "call-status.other"]);
}
