import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { answer, api, type Lead, type Schemas } from "../api/client";
import { useOwners } from "../board/board";
import { updateCard } from "../board/leads";
import { Choice, Field, Lines } from "../ui/field";
import { FormEnd } from "../ui/form-end";
import { fieldErrors } from "../ui/problem-text";
import { done } from "../ui/toasts";
import type { PartProps } from "./drawer";

/** The fields of a lead, to be changed. */
export function Details({ lead }: PartProps) {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const owners = useOwners();
  const save = useMutation({
    mutationFn: (body: Schemas["LeadChanges"]) =>
      answer(
        api.PATCH("/api/leads/{id}", {
          params: { path: { id: lead.id }, header: { "If-Match": `"${lead.version}"` } },
          body,
        }),
      ),
    onSuccess: (changed) => {
      queries.setQueryData(["lead", lead.id], changed);
      updateCard(queries, changed);
      done(t("lead.saved"));
    },
  });
  const errors = fieldErrors(save.error);
  const about = (name: keyof Schemas["LeadChanges"]) => ({
    name,
    label: t(`lead.field.${name}`),
    error: errors[name],
    dir: "auto",
  });
  return (
    <form
      key={lead.version}
      className="details"
      onSubmit={(event) => {
        event.preventDefault();
        save.mutate(changes(new FormData(event.currentTarget)));
      }}
    >
      <Field {...about("first_name")} defaultValue={lead.first_name} />
      <Field {...about("last_name")} defaultValue={lead.last_name} />
      <Field {...about("phone_e164")} defaultValue={lead.phone_e164 ?? ""} type="tel" dir="ltr" />
      <Choice {...about("owner_user_id")} defaultValue={lead.owner_user_id ?? ""}>
        <option value="">{t("lead.no-owner")}</option>
        {[...owners].map(([id, name]) => (
          <option key={id} value={id}>
            {name}
          </option>
        ))}
      </Choice>
      <Field {...about("follow_up_at")} defaultValue={localTime(lead.follow_up_at)} type="datetime-local" />
      <Field {...about("tags")} defaultValue={lead.tags.join(", ")} />
      <Lines {...about("notes")} defaultValue={lead.notes ?? ""} rows={6} />
      <dl className="facts">
        <Fact name="service" value={lead.service} />
        <Fact name="city" value={lead.city} />
      </dl>
      <FormEnd error={save.error} pending={save.isPending}>
        {t("save")}
      </FormEnd>
    </form>
  );
}

function Fact({ name, value }: { name: string; value?: string | null }) {
  const { t } = useTranslation();
  if (!value) return null;
  return (
    <div>
      <dt>{t(`lead.field.${name}`)}</dt>
      <dd dir="auto">{value}</dd>
    </div>
  );
}

/** A moment as `datetime-local` wants it: on the clock of the reader. */
function localTime(at: Lead["follow_up_at"]): string {
  if (!at) return "";
  const date = new Date(at);
  return new Date(date.getTime() - date.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
}

function changes(form: FormData): Schemas["LeadChanges"] {
  const text = (name: string) => String(form.get(name) ?? "").trim();
  const followUp = text("follow_up_at");
  const owner = text("owner_user_id");
  return {
    first_name: text("first_name"),
    last_name: text("last_name"),
    phone_e164: text("phone_e164") || null,
    notes: text("notes") || null,
    follow_up_at: followUp ? new Date(followUp).toISOString() : null,
    owner_user_id: owner ? Number(owner) : null,
    tags: text("tags")
      .split(",")
      .map((tag) => tag.trim())
      .filter(Boolean),
  };
}
