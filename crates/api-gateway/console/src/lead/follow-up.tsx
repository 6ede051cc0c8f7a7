import { useTranslation } from "react-i18next";
import { ago, moment } from "../format";

/** When somebody wanted to be called again, and whether that is past. */
export function FollowUp({ at }: { at: string }) {
  const { t } = useTranslation();
  const due = new Date(at).getTime() <= Date.now();
  return (
    <time dateTime={at} title={moment(at)} className={due ? "follow-up follow-up-due" : "follow-up"}>
      {t(due ? "lead.follow-up-due" : "lead.follow-up", { when: ago(at) })}
    </time>
  );
}
