import { useTranslation } from "react-i18next";
import { Lines } from "../ui/field";
import { FormEnd } from "../ui/form-end";
import { fieldErrors } from "../ui/problem-text";
import { type Settings, useChangeSettings } from "./use-settings";
import { WithSettings } from "./with-settings";

/** What a conversation can come to, in the order in which it counts. */
const GROUPS = ["APPOINTMENT_SET", "HOT_INTERESTED", "FOLLOW_UP", "NOT_RELEVANT", "NO_ANSWER"] as const;
type Words = Partial<Record<(typeof GROUPS)[number], string[]>>;

/** The business's own words, by which automation understands what was said. */
export function OwnWords() {
  return <WithSettings form={WordsForm} />;
}

function WordsForm({ settings }: { settings: Settings }) {
  const { t } = useTranslation();
  const save = useChangeSettings(settings.version);
  const words = (settings.status_words ?? {}) as Words;
  const errors = fieldErrors(save.error);
  return (
    <form
      className="details"
      onSubmit={(event) => {
        event.preventDefault();
        const form = new FormData(event.currentTarget);
        const chosen = GROUPS.map((group) => [group, phrases(String(form.get(group)))] as const);
        const given = Object.fromEntries(chosen.filter(([, said]) => said.length > 0));
        save.mutate({
          status_words: (Object.keys(given).length > 0 ? given : null) as Settings["status_words"],
        });
      }}
    >
      <p>{t("words.how")}</p>
      {GROUPS.map((group) => (
        <Lines
          key={group}
          label={t(`words.group.${group}`)}
          name={group}
          rows={3}
          dir="auto"
          defaultValue={words[group]?.join("\n") ?? ""}
          error={errors[`status_words.${group}`]}
        />
      ))}
      {errors.status_words && <p className="form-error">{errors.status_words}</p>}
      <FormEnd error={save.error} pending={save.isPending}>
        {t("save")}
      </FormEnd>
    </form>
  );
}

/** One phrase on each line. */
function phrases(lines: string): string[] {
  return lines
    .split("\n")
    .map((line) => line.trim())
    .filter(Boolean);
}
