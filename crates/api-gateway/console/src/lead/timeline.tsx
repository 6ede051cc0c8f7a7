import { useInfiniteQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { answer, api, type Schemas, type Status } from "../api/client";
import { moment, withoutTag } from "../format";
import { More } from "../ui/more";
import { Empty, Failure, Loading } from "../ui/states";
import type { PartProps } from "./drawer";

/** What happened with a lead, newest first. */
export function Timeline({ lead, statuses }: PartProps) {
  const { t } = useTranslation();
  const pages = useInfiniteQuery({
    queryKey: ["lead", lead.id, "timeline"],
    queryFn: ({ pageParam }) =>
      answer(
        api.GET("/api/leads/{id}/timeline", {
          params: { path: { id: lead.id }, query: { cursor: pageParam, limit: 30 } },
        }),
      ),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.next_cursor ?? undefined,
  });
  if (pages.isPending) return <Loading />;
  if (pages.error) return <Failure error={pages.error} retry={() => pages.refetch()} />;
  const activities = pages.data.pages.flatMap((page) => page.items);
  if (activities.length === 0) return <Empty title={t("lead.no-timeline")} />;
  return (
    <>
      <ol className="timeline">
        {activities.map((activity) => (
          <Entry key={activity.id} activity={activity} statuses={statuses} />
        ))}
      </ol>
      <More pages={pages} />
    </>
  );
}

type Payload = {
  from?: string;
  to?: string;
  source?: string;
  summary?: string;
  text?: string;
  outcome?: string;
};

function Entry({ activity, statuses }: { activity: Schemas["ActivityView"]; statuses: Status[] }) {
  const { t } = useTranslation();
  const payload = activity.payload as Payload;
  const label = (name?: string) =>
    statuses.find((status) => status.name === name)?.label ?? name ?? t("lead.no-status");
  const moved = activity.type === "status_change";
  return (
    <li>
      <time dateTime={activity.at}>{moment(activity.at)}</time>
      <p className="timeline-what">
        {t([`activity.${activity.type}`, "activity.other"])}
        {moved && (
          <>
            {": "}
            <bdi>{label(payload.from)}</bdi>
            <span aria-hidden="true"> {t("arrow")} </span>
            <bdi>{label(payload.to)}</bdi>
            {payload.source && <small> · {t([`source.${payload.source}`, "source.other"])}</small>}
          </>
        )}
      </p>
      {(payload.summary ?? payload.text) && (
        <p className="timeline-words" dir="auto">
          {withoutTag(payload.summary ?? payload.text ?? "")}
        </p>
      )}
    </li>
  );
}
