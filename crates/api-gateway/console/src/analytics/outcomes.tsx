import { useTranslation } from "react-i18next";
import type { Schemas } from "../api/client";
import { Bars } from "./bars";

const COLOURS: Record<string, string> = { reached: "#1a7441", voicemail: "#b26a00", failed: "#b3261e" };

/** How the calls ended. */
export function CallOutcomes({ outcomes }: { outcomes: Schemas["OutcomeView"][] }) {
  const { t } = useTranslation();
  const counts = new Map<string, number>();
  for (const { outcome, calls } of outcomes) counts.set(outcome, (counts.get(outcome) ?? 0) + calls);
  const all = [...counts.values()].reduce((sum, calls) => sum + calls, 0);
  return (
    <Bars
      bars={[...counts]
        .sort(([, one], [, other]) => other - one)
        .map(([outcome, calls]) => ({
          key: outcome,
          name: t([`run.outcome.${outcome}`, `call-status.${outcome}`, "call-status.other"]),
          value: calls,
          share: calls / all,
          colour: COLOURS[outcome] ?? "#8a8f9c",
        }))}
    />
  );
}
