import { useTranslation } from "react-i18next";
import type { Schemas } from "../api/client";

/** What a column can hold, by its name in `columns`. */
const FIELDS = [
  "full_name",
  "first_name",
  "last_name",
  "phone",
  "notes",
  "tags",
  "city",
  "service",
  "status",
  "owner",
  "list",
  "time_zone",
  "summary",
  "last_contact_at",
  "follow_up_at",
] as const;
const NOTHING = "-";

/** Says of each column what it holds. */
export function Columns({
  columns,
  change,
}: {
  columns: Schemas["ColumnView"][];
  change: (columns: string) => void;
}) {
  const { t } = useTranslation();
  const held = columns.map((column) => column.field ?? NOTHING);
  return (
    <ul className="rows">
      {columns.map((column, at) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: a column is its place
        <li key={at} className="row">
          <span className="row-main" dir="auto">
            <strong>{column.name ?? t("import.column", { number: at + 1 })}</strong>{" "}
            <small>{column.samples.slice(0, 3).join(" · ")}</small>
          </span>
          <select
            aria-label={t("import.holds", { column: column.name ?? at + 1 })}
            value={held[at]}
            onChange={(event) => change(held.with(at, event.target.value).join(","))}
          >
            <option value={NOTHING}>{t("import.nothing")}</option>
            {FIELDS.map((field) => (
              <option key={field} value={field}>
                {t(`import.field.${field}`)}
                {field === column.suggestion ? ` ${t("import.suggested")}` : ""}
              </option>
            ))}
          </select>
        </li>
      ))}
    </ul>
  );
}
