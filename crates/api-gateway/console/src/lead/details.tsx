import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Fragment, useState } from "react";
import { useTranslation } from "react-i18next";
import { answer, api, isConflict, type Lead, type Schemas } from "../api/client";
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
  const [typing, setTyping] = useState(false);
  // What the fields began with. While somebody types it stays, whatever the lead becomes meanwhile.
  const [shown, show] = useState(lead);
  if (!typing && shown.version !== lead.version) show(lead);
  const save = useMutation({
    mutationFn: (body: Schemas["LeadChanges"]) =>
      answer(
        api.PATCH("/api/leads/{id}", {
          params: { path: { id: lead.id }, header: { "If-Match": `"${versionFor(body, shown, lead)}"` } },
          body,
        }),
      ),
    onSuccess: (changed) => {
      setTyping(false);
      queries.setQueryData(["lead", lead.id], changed);
      updateCard(queries, changed);
      done(t("lead.saved"));
    },
    onError: async (error) => {
      if (!isConflict(error)) return;
      await queries.invalidateQueries({ queryKey: ["lead", lead.id] });
      setTyping(false);
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
      className="details"
      onInput={() => setTyping(true)}
      onSubmit={(event) => {
        event.preventDefault();
        save.mutate(changes(new FormData(event.currentTarget), shown));
      }}
    >
      {/* The fields begin anew with another version; the button keeps the focus. */}
      <Fragment key={shown.version}>
        <Field {...about("first_name")} defaultValue={shown.first_name} />
        <Field {...about("last_name")} defaultValue={shown.last_name} />
        <Field {...about("phone_e164")} defaultValue={shown.phone_e164 ?? ""} type="tel" dir="ltr" />
        <Choice {...about("owner_user_id")} defaultValue={shown.owner_user_id ?? ""}>
          <option value="">{t("lead.no-owner")}</option>
          {[...owners].map(([id, name]) => (
            <option key={id} value={id}>
              {name}
            </option>
          ))}
        </Choice>
        <Field
          {...about("follow_up_at")}
          defaultValue={localTime(shown.follow_up_at)}
          type="datetime-local"
        />
        <Field {...about("tags")} defaultValue={shown.tags.join(", ")} />
        <Lines {...about("notes")} defaultValue={shown.notes ?? ""} rows={6} />
      </Fragment>
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

/** What the fields say and the lead did not. */
function changes(form: FormData, shown: Lead): Schemas["LeadChanges"] {
  const text = (name: string) => String(form.get(name) ?? "").trim();
  const followUp = text("follow_up_at");
  const owner = text("owner_user_id");
  const said: Schemas["LeadChanges"] = {
    first_name: text("first_name"),
    last_name: text("last_name"),
    phone_e164: text("phone_e164") || null,
    notes: text("notes") || null,
    owner_user_id: owner ? Number(owner) : null,
    tags: text("tags")
      .split(",")
      .map((tag) => tag.trim())
      .filter(Boolean),
  };
  // The field has no seconds; what was not touched keeps its own.
  if (followUp !== localTime(shown.follow_up_at)) {
    said.follow_up_at = followUp ? new Date(followUp).toISOString() : null;
  }
  return Object.fromEntries(
    Object.entries(said).filter(([name, value]) => !same(value, shown[name as keyof Lead])),
  );
}

/** The newest version, unless a field that is changed was changed meanwhile: then the API has to refuse. */
function versionFor(body: Schemas["LeadChanges"], shown: Lead, lead: Lead): number {
  const clash = Object.keys(body).some((name) => !same(shown[name as keyof Lead], lead[name as keyof Lead]));
  return clash ? shown.version : lead.version;
}

function same(one: unknown, other: unknown): boolean {
  return JSON.stringify(one ?? null) === JSON.stringify(other ?? null);
}
