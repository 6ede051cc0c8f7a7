import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { answer, api } from "../api/client";
import type { Filters } from "./leads";

interface Props {
  filters: Filters;
  change: (filters: Filters) => void;
  owners: Map<number, string>;
}

/** Narrows the board to a list, an owner, a tag, or who was never reached. */
export function BoardFilters({ filters, change, owners }: Props) {
  const { t } = useTranslation();
  const lists = useQuery({
    queryKey: ["lists"],
    queryFn: () => answer(api.GET("/api/lead-lists", { params: { query: { limit: 200 } } })),
  });
  const set = (narrowed: Partial<Filters>) => change({ ...filters, ...narrowed });
  const number = (text: string) => (text ? Number(text) : undefined);
  return (
    <>
      {lists.data && lists.data.items.length > 0 && (
        <select
          className="board-filter"
          aria-label={t("board.list")}
          value={filters.list_id ?? ""}
          onChange={(event) => set({ list_id: number(event.target.value) })}
        >
          <option value="">{t("board.every-list")}</option>
          {lists.data.items.map((item) => (
            <option key={item.id} value={item.id}>
              {item.name}
            </option>
          ))}
        </select>
      )}
      <select
        className="board-filter"
        aria-label={t("board.owner")}
        value={filters.owner_user_id ?? ""}
        onChange={(event) => set({ owner_user_id: number(event.target.value) })}
      >
        <option value="">{t("board.every-owner")}</option>
        {[...owners].map(([id, name]) => (
          <option key={id} value={id}>
            {name}
          </option>
        ))}
      </select>
      <input
        className="board-filter board-tag"
        aria-label={t("board.tag")}
        placeholder={t("board.tag")}
        dir="auto"
        value={filters.tag ?? ""}
        onChange={(event) => set({ tag: event.target.value || undefined })}
      />
      <label className="board-never">
        <input
          type="checkbox"
          checked={filters.never_contacted ?? false}
          onChange={(event) => set({ never_contacted: event.target.checked || undefined })}
        />{" "}
        {t("board.never")}
      </label>
    </>
  );
}
