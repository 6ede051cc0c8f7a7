import { useTranslation } from "react-i18next";
import type { Schemas } from "../api/client";
import { useStatuses } from "../board/board";
import { Empty } from "../ui/states";
import { Bars } from "./bars";

/** How many of the leads that came in these days have reached each status. */
export function Funnel({ statuses }: { statuses: Schemas["StatusMovesView"][] }) {
  const { t } = useTranslation();
  const board = useStatuses();
  const reached = statuses.filter((status) => status.reached_first > 0);
  if (reached.length === 0) return <Empty title={t("analytics.nothing")} />;
  const colour = (name: string) => board.data?.find((status) => status.name === name)?.color ?? "#8a8f9c";
  return (
    <Bars
      bars={reached.map((status) => ({
        key: status.status,
        name: status.label,
        value: status.reached_first,
        share: status.reached_of_created ?? 0,
        colour: colour(status.status),
      }))}
    />
  );
}
