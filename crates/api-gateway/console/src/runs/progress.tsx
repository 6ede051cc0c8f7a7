import { useTranslation } from "react-i18next";
import { number } from "../format";
import type { Run } from "./runs";

const PARTS = ["completed", "failed", "cancelled", "in_progress", "queued"] as const;

/** How far a run is, part by part. */
export function Progress({ run }: { run: Run }) {
  const { t } = useTranslation();
  const over = run.completed + run.failed + run.cancelled;
  return (
    <div
      role="progressbar"
      aria-label={t("run.progress")}
      aria-valuemin={0}
      aria-valuemax={run.total_leads}
      aria-valuenow={over}
      aria-valuetext={t("run.progress-text", { over: number(over), all: number(run.total_leads) })}
      className="progress"
    >
      {PARTS.map((part) => (
        <span key={part} className={`progress-${part}`} style={{ flexGrow: run[part] }} />
      ))}
    </div>
  );
}

/** The counts of a run in words. */
export function Counts({ run }: { run: Run }) {
  const { t } = useTranslation();
  return (
    <dl className="counts">
      {PARTS.map((part) => (
        <div key={part}>
          <dt>
            <span className={`dot progress-${part}`} /> {t(`run.count.${part}`)}
          </dt>
          <dd>{number(run[part])}</dd>
        </div>
      ))}
    </dl>
  );
}
