import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import i18next from "i18next";
import { answer, api, isConflict, type Schemas } from "../api/client";
import { problemText } from "../ui/problem-text";
import { done, failed } from "../ui/toasts";

export type Settings = Schemas["SettingsView"];
type Changes = Schemas["SettingsChanges"];

/** What the business has set. */
export function useSettings() {
  return useQuery({ queryKey: ["settings"], queryFn: () => answer(api.GET("/api/settings")) });
}

/** Changes settings, unless somebody else did since they were read. */
export function useChangeSettings(version: number) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (body: Changes) =>
      answer(api.PATCH("/api/settings", { body, params: { header: { "If-Match": `"${version}"` } } })),
    onSuccess: (settings) => {
      queries.setQueryData(["settings"], settings);
      done(i18next.t("saved"));
    },
    onError: (error) => {
      failed(problemText(error));
      if (isConflict(error)) void queries.invalidateQueries({ queryKey: ["settings"] });
    },
  });
}
