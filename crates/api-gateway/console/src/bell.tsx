import { useInfiniteQuery, useMutation, useQueryClient } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { Link } from "wouter";
import { answer, api } from "./api/client";
import { useLiveEvents } from "./api/live";
import { ago, number } from "./format";
import { Button } from "./ui/button";
import { Icon } from "./ui/icon";
import { More } from "./ui/more";
import { Empty, Failure, Loading } from "./ui/states";

/** What the user was told, with how much of it is unread. */
export function Bell() {
  const { t, i18n } = useTranslation();
  const queries = useQueryClient();
  const again = () => queries.invalidateQueries({ queryKey: ["bell"] });
  useLiveEvents((event) => {
    if (event.type === "notification" || event.type === "resync") void again();
  });
  const pages = useInfiniteQuery({
    queryKey: ["bell", i18n.language],
    queryFn: ({ pageParam }) =>
      answer(api.GET("/api/notifications", { params: { query: { cursor: pageParam, limit: 20 } } })),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.next_cursor ?? undefined,
  });
  const read = useMutation({
    mutationFn: (id: number) =>
      answer(api.POST("/api/notifications/{id}/read", { params: { path: { id } } })),
    onSettled: again,
  });
  const readAll = useMutation({
    mutationFn: () => answer(api.POST("/api/notifications/read-all", { body: {} })),
    onSettled: again,
  });
  const unread = pages.data?.pages[0]?.unread_count ?? 0;
  const rows = pages.data?.pages.flatMap((page) => page.items) ?? [];
  return (
    <>
      <button
        type="button"
        className="quiet-button bell"
        popoverTarget="bell"
        aria-label={t("bell.title", { count: unread, number: number(unread) })}
      >
        <Icon name="bell" />
        {unread > 0 && (
          <span className="bell-count" aria-hidden="true">
            {number(unread)}
          </span>
        )}
      </button>
      <section id="bell" popover="auto" className="popover bell-list" aria-label={t("bell.name")}>
        {pages.isPending && <Loading />}
        {pages.error && <Failure error={pages.error} retry={() => pages.refetch()} />}
        {pages.isSuccess && rows.length === 0 && <Empty title={t("bell.none")} />}
        {unread > 0 && <Button onClick={() => readAll.mutate()}>{t("bell.read-all")}</Button>}
        <ul className="rows">
          {rows.map((row) => (
            <li key={row.id} className={row.read_at ? "row row-off" : "row"}>
              <Link
                href={row.lead_id ? `/board/${row.lead_id}/decisions` : row.url}
                className="row-main"
                onClick={() => {
                  document.getElementById("bell")?.hidePopover();
                  if (!row.read_at) read.mutate(row.id);
                }}
              >
                <strong dir="auto">{row.title}</strong>
                <br />
                <span dir="auto">{row.body}</span>
              </Link>
              <time dateTime={row.created_at}>{ago(row.created_at)}</time>
            </li>
          ))}
        </ul>
        <More pages={pages} />
      </section>
    </>
  );
}
