import { useMutation } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { answer, api, type Lead } from "../api/client";
import { Button } from "../ui/button";
import { problemText } from "../ui/problem-text";
import { done, failed } from "../ui/toasts";

/** Calls a lead at once, ahead of every run. */
export function CallNow({ lead }: { lead: Lead }) {
  const { t } = useTranslation();
  const call = useMutation({
    mutationFn: () => answer(api.POST("/api/outbound_calls/start", { body: { lead_ids: [lead.id] } })),
    onSuccess: ({ queued, skipped }) => {
      if (queued > 0) return done(t("lead.calling", { name: lead.full_name }));
      failed(t([`skipped.${skipped[0]?.reason}`, "skipped.other"]));
    },
    onError: (error) => failed(problemText(error)),
  });
  return (
    <Button look="main" disabled={!lead.phone_e164} pending={call.isPending} onClick={() => call.mutate()}>
      {t("lead.call-now")}
    </Button>
  );
}
