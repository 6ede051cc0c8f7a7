import { useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { answer, api } from "../api/client";
import type { Run } from "./runs";

/** What the history of runs is narrowed to. */
export interface RunFilters {
  state?: keyof typeof STATES;
  list?: number;
  /** The first day, as a date field gives it. */
  from?: string;
}

const STATES = {
  on: ["pending", "running", "paused"],
  completed: ["completed"],
  stopped: ["failed", "cancelled"],
};

export function passes(run: Run, { state, list, from }: RunFilters): boolean {
  return (
    (!state || STATES[state].includes(run.status)) &&
    (!list || run.outbound_list_id === list) &&
    (!from || new Date(run.created_at) >= new Date(`${from}T00:00`))
  );
}

/** The names of the lists of leads. */
export function useLists(): Map<number, string> {
  const lists = useQuery({
    queryKey: ["lists"],
    queryFn: () => answer(api.GET("/api/lead-lists", { params: { query: { limit: 200 } } })),
  });
  return useMemo(() => new Map(lists.data?.items.map(({ id, name }) => [id, name]) ?? []), [lists.data]);
}

interface Props {
  filters: RunFilters;
  change: (filters: RunFilters) => void;
  lists: Map<number, string>;
}

/** Narrows the history to runs of a state, of a list, or from a day on. */
export function RunFilterBar({ filters, change, lists }: Props) {
  const { t } = useTranslation();
  return (
    <fieldset className="filters" aria-label={t("run.filters")}>
      <select
        className="board-filter"
        aria-label={t("run.filter.state")}
        value={filters.state ?? ""}
        onChange={(event) =>
          change({ ...filters, state: (event.target.value || undefined) as RunFilters["state"] })
        }
      >
        <option value="">{t("run.filter.every-state")}</option>
        {Object.keys(STATES).map((state) => (
          <option key={state} value={state}>
            {t(`run.filter.${state}`)}
          </option>
        ))}
      </select>
      <select
        className="board-filter"
        aria-label={t("board.list")}
        value={filters.list ?? ""}
        onChange={(event) => change({ ...filters, list: Number(event.target.value) || undefined })}
      >
        <option value="">{t("board.every-list")}</option>
        {[...lists].map(([id, name]) => (
          <option key={id} value={id}>
            {name}
          </option>
        ))}
      </select>
      <label className="filter-day">
        {t("run.filter.from")}{" "}
        <input
          type="date"
          className="board-filter"
          value={filters.from ?? ""}
          onChange={(event) => change({ ...filters, from: event.target.value || undefined })}
        />
      </label>
    </fieldset>
  );
}
