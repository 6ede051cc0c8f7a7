import { useTranslation } from "react-i18next";
import { percent } from "../format";
import type { Decision, Evidence } from "./use-decisions";

/** What a decision rests on: the label that was recommended, how sure that was, and every gate on the way. */
export function EvidenceList({ decision, evidence }: { decision: Decision; evidence: Evidence }) {
  const { t } = useTranslation();
  const { gates = [], threshold } = evidence;
  if (gates.length === 0) return null;
  return (
    <details>
      <summary>{t("evidence.title")}</summary>
      {decision.recommended_status_label && (
        <p>
          {t("evidence.recommended")} <bdi>{decision.recommended_status_label}</bdi>
        </p>
      )}
      {decision.confidence != null && threshold !== undefined && (
        <p>{t("evidence.sure", { sure: percent(decision.confidence), needed: percent(threshold) })}</p>
      )}
      <ol className="gates">
        {gates.map(({ gate, passed }) => (
          <li key={gate} className={passed ? "gate-passed" : "gate-closed"}>
            <span aria-hidden="true">{passed ? "✓" : "✕"}</span>
            <span className="visually-hidden">{t(passed ? "why.passed" : "why.stops")}</span>
            <span>{t([`evidence.gate.${gate}`, "evidence.gate.other"])}</span>
          </li>
        ))}
      </ol>
    </details>
  );
}
