import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { useLocation } from "wouter";
import { answer, api, type Schemas, type Status } from "../api/client";
import { number } from "../format";
import { keepSelection } from "../runs/selection";
import { isAdmin, useSignedIn } from "../session";
import { Button } from "../ui/button";
import { problemText } from "../ui/problem-text";
import { done, failed } from "../ui/toasts";
import { rereadColumns } from "./leads";

interface Props {
  chosen: Set<number>;
  clear: () => void;
  statuses: Status[];
  owners: Map<number, string>;
}

/** What can be done with the chosen leads at once. */
export function SelectionBar({ chosen, clear, statuses, owners }: Props) {
  const { t } = useTranslation();
  const [, navigate] = useLocation();
  const queries = useQueryClient();
  const admin = isAdmin(useSignedIn());
  const change = useMutation({
    mutationFn: (what: Omit<Schemas["BulkChange"], "lead_ids">) =>
      answer(api.POST("/api/leads/bulk", { body: { ...what, lead_ids: [...chosen] } })),
    onSuccess: ({ changed }) => {
      done(t("board.changed", { count: changed, number: number(changed) }));
      clear();
    },
    onError: (error) => failed(problemText(error)),
    onSettled: () => {
      void rereadColumns(queries);
      void queries.invalidateQueries({ queryKey: ["statuses"] });
    },
  });
  if (chosen.size === 0) return null;
  return (
    <section className="selection" aria-label={t("board.selection")}>
      <strong>{t("board.selected", { count: chosen.size })}</strong>
      {admin && (
        <Button
          look="main"
          onClick={() => {
            keepSelection({ leads: [...chosen] });
            navigate("/runs/new");
          }}
        >
          {t("board.call-selected")}
        </Button>
      )}
      <select
        aria-label={t("board.move-selected")}
        value=""
        onChange={(event) => change.mutate({ action: "change_status", status: event.target.value })}
      >
        <option value="">{t("board.move-selected")}</option>
        {statuses.map((status) => (
          <option key={status.name} value={status.name}>
            {status.label}
          </option>
        ))}
      </select>
      <select
        aria-label={t("board.own-selected")}
        value=""
        onChange={(event) =>
          change.mutate({ action: "set_owner", owner_user_id: Number(event.target.value) })
        }
      >
        <option value="">{t("board.own-selected")}</option>
        {[...owners].map(([id, name]) => (
          <option key={id} value={id}>
            {name}
          </option>
        ))}
      </select>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          const tag = String(new FormData(event.currentTarget).get("tag")).trim();
          if (tag) change.mutate({ action: "add_tags", tags: [tag] });
        }}
      >
        <input
          name="tag"
          aria-label={t("board.tag-selected")}
          placeholder={t("board.tag-selected")}
          dir="auto"
        />
      </form>
      <Button onClick={clear}>{t("board.clear-selection")}</Button>
    </section>
  );
}
