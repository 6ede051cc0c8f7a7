import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { answer, api } from "../api/client";
import { percent } from "../format";
import { Button } from "../ui/button";
import { Field } from "../ui/field";
import { fieldErrors } from "../ui/problem-text";
import { Toggles } from "../ui/toggles";
import { type Settings, useChangeSettings } from "./use-settings";
import { WhatIf } from "./what-if";
import { WithSettings } from "./with-settings";

/** How sure automation has to be, whether it moves leads, and what another rule would have done. */
export function Automation() {
  return <WithSettings form={AutomationForm} />;
}

function AutomationForm({ settings }: { settings: Settings }) {
  const { t } = useTranslation();
  const save = useChangeSettings(settings.version);
  const [automation, setAutomation] = useState(settings.automation as "on" | "shadow");
  const [threshold, setThreshold] = useState(settings.confidence_threshold);
  const quiet = settings.quiet_hours as { from: string; to: string } | null | undefined;
  const [from, setFrom] = useState(quiet?.from ?? "");
  const [to, setTo] = useState(quiet?.to ?? "");
  const quietHours = (from && to ? { from, to } : null) as Settings["quiet_hours"];
  const rules = { automation, confidence_threshold: threshold, quiet_hours: quietHours };
  const errors = fieldErrors(save.error);
  return (
    <form
      className="details"
      onSubmit={(event) => {
        event.preventDefault();
        save.mutate(rules);
      }}
    >
      <p>{t("automation.how")}</p>
      <Toggles
        label={t("automation.mode")}
        options={["on", "shadow"] as const}
        chosen={automation}
        choose={setAutomation}
        name={(mode) => t(`automation.${mode}`)}
      />
      <Field
        label={t("automation.threshold", { value: percent(threshold) })}
        type="range"
        min={0}
        max={1}
        step={0.01}
        value={threshold}
        onChange={(event) => setThreshold(event.target.valueAsNumber)}
        error={errors.confidence_threshold}
      />
      <WhatIf rules={rules} />
      <Suggested current={settings.confidence_threshold} take={setThreshold} />
      <div className="inline">
        <Field
          label={t("automation.quiet-from")}
          type="time"
          value={from}
          onChange={(event) => setFrom(event.target.value)}
        />
        <Field
          label={t("automation.quiet-to")}
          type="time"
          value={to}
          onChange={(event) => setTo(event.target.value)}
          error={errors.quiet_hours}
        />
      </div>
      <Button type="submit" look="main" pending={save.isPending}>
        {t("save")}
      </Button>
    </form>
  );
}

/** The threshold that the corrections of people suggest. */
function Suggested({ current, take }: { current: number; take: (threshold: number) => void }) {
  const { t } = useTranslation();
  const corrections = useQuery({
    queryKey: ["corrections"],
    queryFn: () => answer(api.GET("/api/status-rules/corrections")),
  });
  const suggested = corrections.data?.suggested_threshold;
  if (!suggested || suggested.value === current) return null;
  return (
    <p className="preflight">
      {t("automation.suggested", { value: percent(suggested.value), kept: percent(suggested.kept_rate) })}{" "}
      <Button onClick={() => take(suggested.value)}>{t("automation.take")}</Button>
    </p>
  );
}
