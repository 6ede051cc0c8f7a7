import { useInfiniteQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { answer, api, type Schemas } from "../api/client";
import { duration, moment, withoutTag } from "../format";
import { More } from "../ui/more";
import { Empty, Failure, Loading } from "../ui/states";
import type { PartProps } from "./drawer";
import { Transcript } from "./transcript";
import { useDecidingWords } from "./use-decisions";
import { WhatsappSessions } from "./whatsapp";

/** A lead's calls with what was said in them. */
export function Calls({ lead }: PartProps) {
  const { t } = useTranslation();
  const words = useDecidingWords(lead.id);
  const pages = useInfiniteQuery({
    queryKey: ["lead", lead.id, "calls"],
    queryFn: ({ pageParam }) =>
      answer(
        api.GET("/api/leads/{id}/calls", {
          params: { path: { id: lead.id }, query: { cursor: pageParam, limit: 20 } },
        }),
      ),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.next_cursor ?? undefined,
  });
  if (pages.isPending) return <Loading />;
  if (pages.error) return <Failure error={pages.error} retry={() => pages.refetch()} />;
  const calls = pages.data.pages.flatMap((page) => page.items);
  return (
    <>
      {calls.length === 0 && <Empty title={t("lead.no-calls")} />}
      <ul className="calls">
        {calls.map((call) => (
          <Call key={call.id} call={call} words={words.get(call.call_sid ?? "") ?? []} />
        ))}
      </ul>
      <More pages={pages} />
      <WhatsappSessions lead={lead} words={words} />
    </>
  );
}

function Call({ call, words }: { call: Schemas["RecordedCallView"]; words: string[] }) {
  const { t } = useTranslation();
  const recording = call.recording;
  return (
    <li className="call">
      <p className="call-head">
        <strong>{t(`direction.${call.direction}`)}</strong>
        <span>{t([`call-status.${call.status}`, "call-status.other"])}</span>
        {call.duration_seconds ? <span>{duration(call.duration_seconds)}</span> : null}
        <time dateTime={call.created_at}>{moment(call.created_at)}</time>
      </p>
      {call.summary && (
        <p className="call-summary" dir="auto">
          {withoutTag(call.summary)}
        </p>
      )}
      {recording?.state === "stored" && call.call_sid && (
        // The transcript below says the same in words.
        // biome-ignore lint/a11y/useMediaCaption: a phone call has no captions
        <audio controls preload="none" src={`/api/calls/${call.call_sid}/recording`} />
      )}
      {recording && recording.state !== "stored" && (
        <p className="call-note">{t([`recording.${recording.state}`, "recording.other"])}</p>
      )}
      {call.transcript && (
        <details>
          <summary>{t("lead.transcript")}</summary>
          <Transcript text={call.transcript} words={words} />
        </details>
      )}
    </li>
  );
}
