import i18next from "i18next";
import { ApiProblem, NoAnswer } from "../api/client";

/** What happened, in the reader's language. */
export function problemText(error: unknown): string {
  if (error instanceof NoAnswer) return i18next.t("problem.no-answer");
  if (!(error instanceof ApiProblem)) return i18next.t("problem.other");
  const { code, status, active_outbound, max_outbound, active_total, max_total } = error.problem;
  const generic = status >= 500 ? "problem.server" : "problem.other";
  const counts = {
    outbound: active_outbound,
    mostOutbound: max_outbound,
    all: active_total,
    most: max_total,
  };
  return i18next.t([`problem.${code}`, generic], counts);
}

/** What is wrong with each field, by its name. */
export function fieldErrors(error: unknown): Record<string, string> {
  if (!(error instanceof ApiProblem)) return {};
  return Object.fromEntries((error.problem.errors ?? []).map(({ field, message }) => [field, message]));
}
