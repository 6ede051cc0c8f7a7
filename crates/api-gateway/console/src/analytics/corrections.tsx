import { useTranslation } from "react-i18next";
import type { Schemas } from "../api/client";
import { Empty } from "../ui/states";
import { Columns } from "./columns";

const KINDS = ["tag", "keywords", "outcome"] as const;

/** How much of what automation moved people have corrected, by what its decisions rest on. */
export function Corrections({ rows }: { rows: Schemas["CorrectionView"][] }) {
  const { t } = useTranslation();
  const kinds = KINDS.filter((kind) => rows.some((row) => row.decided_by === kind && row.moved > 0));
  if (kinds.length === 0) return <Empty title={t("analytics.nothing")} />;
  const sum = (kind: string, count: (row: Schemas["CorrectionView"]) => number) =>
    rows.filter((row) => row.decided_by === kind).reduce((all, row) => all + count(row), 0);
  return (
    <Columns
      label={t("analytics.corrections")}
      names={kinds.map((kind) => t(`analytics.kind.${kind}`))}
      series={[
        {
          label: t("analytics.moved"),
          values: kinds.map((kind) => sum(kind, (row) => row.moved)),
          colour: "#3451b2",
        },
        {
          label: t("analytics.corrected"),
          values: kinds.map((kind) => sum(kind, (row) => row.undone + row.overruled)),
          colour: "#b3261e",
        },
      ]}
    />
  );
}
