import { useQuery } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "wouter";
import { answer, api, type Schemas } from "../api/client";
import { duration, phone } from "../format";
import type { Run } from "./runs";

type Call = Schemas["RecordedCallView"];

/** Among so many of the newest calls are those in the air: a business has at most 200 lines. */
const NEWEST = 100;

/** The calls of a run that are in the air now, each with its state and seconds. */
export function InTheAir({ run }: { run: Run }) {
  const { t } = useTranslation();
  const calls = useQuery({
    queryKey: ["run", run.run_id, "air"],
    queryFn: () => answer(api.GET("/api/calls", { params: { query: { limit: NEWEST } } })),
    enabled: run.in_progress > 0,
  });
  const air = calls.data?.items.filter((call) => call.run_id === run.run_id && !call.ended_at) ?? [];
  if (run.in_progress === 0 || air.length === 0) return null;
  return (
    <section className="panel" aria-label={t("run.in-the-air")}>
      <h2 className="panel-title">{t("run.in-the-air")}</h2>
      <ul className="air">
        {air.map((call) => (
          <InAir key={call.id} call={call} />
        ))}
      </ul>
    </section>
  );
}

function InAir({ call }: { call: Call }) {
  const { t } = useTranslation();
  const lead = useQuery({
    queryKey: ["lead", call.lead_id],
    queryFn: () => answer(api.GET("/api/leads/{id}", { params: { path: { id: call.lead_id } } })),
  });
  return (
    <li className={`air-call air-${call.status}`}>
      <Link href={`/board/${call.lead_id}`}>
        <bdi>{lead.data?.full_name || phone(call.to_number)}</bdi>
      </Link>
      <span>{t([`call-status.${call.status}`, "call-status.other"])}</span>
      <Seconds since={call.answered_at ?? call.created_at} />
    </li>
  );
}

/** How long something goes on, second by second. */
export function Seconds({ since }: { since: string }) {
  const [now, tick] = useState(Date.now());
  useEffect(() => {
    const timer = setInterval(() => tick(Date.now()), 1000);
    return () => clearInterval(timer);
  }, []);
  return <span className="seconds">{duration(Math.max(0, (now - new Date(since).getTime()) / 1000))}</span>;
}
