import { useTranslation } from "react-i18next";
import { Field } from "../ui/field";

const OUTCOMES = ["no_answer", "busy", "voicemail", "failed"] as const;
const MINUTE = 60;

/** How often and after how long each outcome is tried again; undefined is as the business has set. */
export type RetryRules = Partial<Record<(typeof OUTCOMES)[number], { times: number; after_seconds: number }>>;

const FIRST: RetryRules = {
  no_answer: { times: 2, after_seconds: 60 * MINUTE },
  busy: { times: 2, after_seconds: 10 * MINUTE },
};

export function RetryFields({ rules, change }: { rules?: RetryRules; change: (rules?: RetryRules) => void }) {
  const { t } = useTranslation();
  return (
    <fieldset className="retry">
      <legend>{t("run.retry.title")}</legend>
      <label>
        <input
          type="checkbox"
          checked={rules === undefined}
          onChange={(event) => change(event.target.checked ? undefined : FIRST)}
        />{" "}
        {t("run.retry.as-set")}
      </label>
      {rules &&
        OUTCOMES.map((outcome) => {
          const rule = rules[outcome] ?? { times: 0, after_seconds: 60 * MINUTE };
          const set = (changed: Partial<typeof rule>) =>
            change({ ...rules, [outcome]: { ...rule, ...changed } });
          return (
            <div key={outcome} className="retry-rule">
              <span>{t(`run.retry.${outcome}`)}</span>
              <Field
                label={t("run.retry.times")}
                type="number"
                min={0}
                max={10}
                value={rule.times}
                onChange={(event) => set({ times: event.target.valueAsNumber || 0 })}
              />
              <Field
                label={t("run.retry.after")}
                type="number"
                min={1}
                value={Math.round(rule.after_seconds / MINUTE)}
                onChange={(event) => set({ after_seconds: (event.target.valueAsNumber || 1) * MINUTE })}
              />
            </div>
          );
        })}
    </fieldset>
  );
}
