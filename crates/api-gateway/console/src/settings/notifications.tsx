import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { answer, api, type Schemas } from "../api/client";
import { useStatuses } from "../board/board";
import { Button } from "../ui/button";
import { Choice, Field } from "../ui/field";
import { FormEnd } from "../ui/form-end";
import { fieldErrors, problemText } from "../ui/problem-text";
import { Failure, Loading } from "../ui/states";
import { done, failed } from "../ui/toasts";
import { pushes, subscribe, unsubscribe } from "./push";

type Preferences = Schemas["PreferencesView"];

/** Of what one is told, how and when: one's own. */
export function Notifications() {
  const found = useQuery({
    queryKey: ["preferences"],
    queryFn: () => answer(api.GET("/api/users/me/notification-preferences")),
  });
  if (found.isPending) return <Loading />;
  if (found.error) return <Failure error={found.error} retry={() => found.refetch()} />;
  return (
    <>
      <ThisBrowser available={found.data.push_available} />
      <PreferencesForm key={found.data.version} preferences={found.data} />
    </>
  );
}

/** Whether this browser is pushed to, and a test of it. */
function ThisBrowser({ available }: { available: boolean }) {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const on = useQuery({ queryKey: ["pushes"], queryFn: pushes, enabled: available });
  const change = useMutation({
    mutationFn: () => (on.data ? unsubscribe() : subscribe()),
    onSettled: () => queries.invalidateQueries({ queryKey: ["pushes"] }),
    onError: (error) => failed(error instanceof DOMException ? t("push.refused") : problemText(error)),
  });
  const test = useMutation({
    mutationFn: () => answer(api.POST("/api/push/test")),
    onSuccess: ({ sent }) => (sent > 0 ? done(t("push.tested")) : failed(t("push.nowhere"))),
    onError: (error) => failed(problemText(error)),
  });
  if (!available) return <p>{t("push.off-here")}</p>;
  if (!("serviceWorker" in navigator && "PushManager" in window)) return <p>{t("push.not-supported")}</p>;
  return (
    <div className="inline">
      <Button pending={change.isPending} onClick={() => change.mutate()}>
        {t(on.data ? "push.unsubscribe" : "push.subscribe")}
      </Button>
      {on.data && (
        <Button pending={test.isPending} onClick={() => test.mutate()}>
          {t("push.test")}
        </Button>
      )}
    </div>
  );
}

function PreferencesForm({ preferences }: { preferences: Preferences }) {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const statuses = useStatuses();
  const [every, setEvery] = useState(preferences.statuses == null);
  const quiet = preferences.quiet_hours as { from: string; to: string } | null | undefined;
  const save = useMutation({
    mutationFn: (body: Schemas["PreferencesChanges"]) =>
      answer(
        api.PATCH("/api/users/me/notification-preferences", {
          params: { header: { "If-Match": `"${preferences.version}"` } },
          body,
        }),
      ),
    onSuccess: (changed) => {
      queries.setQueryData(["preferences"], changed);
      done(t("saved"));
    },
  });
  const errors = fieldErrors(save.error);
  return (
    <form
      className="details"
      onSubmit={(event) => {
        event.preventDefault();
        const form = new FormData(event.currentTarget);
        const all = (name: string) => form.getAll(name).map(String);
        const [from, to] = [String(form.get("from")), String(form.get("to"))];
        save.mutate({
          statuses: every ? null : all("statuses"),
          sources: all("sources"),
          push: String(form.get("push")),
          email: String(form.get("email")),
          digest_hour: Number(form.get("digest_hour")),
          quiet_days: all("quiet_days"),
          quiet_hours: (from && to ? { from, to } : null) as Schemas["PreferencesChanges"]["quiet_hours"],
        });
      }}
    >
      <fieldset className="retry">
        <legend>{t("preferences.statuses")}</legend>
        <label>
          <input type="checkbox" checked={every} onChange={(event) => setEvery(event.target.checked)} />{" "}
          {t("preferences.every-status")}
        </label>
        {!every &&
          statuses.data?.map((status) => (
            <Tick
              key={status.name}
              name="statuses"
              value={status.name}
              label={status.label}
              ticked={preferences.statuses?.includes(status.name)}
            />
          ))}
      </fieldset>
      <fieldset className="retry">
        <legend>{t("preferences.sources")}</legend>
        {["auto_inbound", "auto_outbound", "auto_whatsapp", "manual"].map((source) => (
          <Tick
            key={source}
            name="sources"
            value={source}
            label={t(`source.${source}`)}
            ticked={preferences.sources.includes(source)}
          />
        ))}
      </fieldset>
      <Choice label={t("preferences.push")} name="push" defaultValue={preferences.push} error={errors.push}>
        {["off", "at_once", "hourly", "daily"].map((pace) => (
          <option key={pace} value={pace}>
            {t(`preferences.pace.${pace}`)}
          </option>
        ))}
      </Choice>
      <Choice
        label={t("preferences.email")}
        name="email"
        defaultValue={preferences.email}
        error={errors.email}
      >
        {["off", "hourly", "daily"].map((pace) => (
          <option key={pace} value={pace}>
            {t(`preferences.pace.${pace}`)}
          </option>
        ))}
      </Choice>
      {!preferences.email_available && <p>{t("preferences.no-email")}</p>}
      <Field
        label={t("preferences.digest-hour")}
        name="digest_hour"
        type="number"
        min={0}
        max={23}
        required
        defaultValue={preferences.digest_hour}
        error={errors.digest_hour}
      />
      <div className="inline">
        <Field label={t("automation.quiet-from")} name="from" type="time" defaultValue={quiet?.from ?? ""} />
        <Field label={t("automation.quiet-to")} name="to" type="time" defaultValue={quiet?.to ?? ""} />
      </div>
      {["shabbat", "jewish_holidays"].map((day) => (
        <Tick
          key={day}
          name="quiet_days"
          value={day}
          label={t(`calling.closed.${day}`)}
          ticked={preferences.quiet_days.includes(day)}
        />
      ))}
      <FormEnd error={save.error} pending={save.isPending}>
        {t("save")}
      </FormEnd>
    </form>
  );
}

function Tick({
  name,
  value,
  label,
  ticked,
}: {
  name: string;
  value: string;
  label: string;
  ticked?: boolean;
}) {
  return (
    <label>
      <input type="checkbox" name={name} value={value} defaultChecked={ticked} /> {label}
    </label>
  );
}
