import i18next from "i18next";

/** Why a job or a run went no further: the engine's own sentences in the reader's language, the carrier's as they are. */
export function reasonText(reason: string): string {
  const key = reason.toLowerCase().replaceAll(/[^a-z]+/g, "-");
  return i18next.t(`run.reason.${key}`, { defaultValue: reason });
}
