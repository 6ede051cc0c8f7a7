import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { answer, api, type Lead, type Schemas } from "../api/client";
import { moment } from "../format";
import { More } from "../ui/more";
import { Failure, Loading } from "../ui/states";
import { marked } from "./transcript";

type Session = Schemas["WhatsappSessionView"];

/** A lead's conversations on WhatsApp, where there are any. */
export function WhatsappSessions({ lead, words }: { lead: Lead; words: Map<string, string[]> }) {
  const { t } = useTranslation();
  const sessions = useQuery({
    queryKey: ["lead", lead.id, "whatsapp"],
    queryFn: () =>
      answer(api.GET("/api/whatsapp/sessions", { params: { query: { lead_id: lead.id, limit: 50 } } })),
  });
  if (sessions.error) return <Failure error={sessions.error} retry={() => sessions.refetch()} />;
  if (!sessions.data || sessions.data.items.length === 0) return null;
  return (
    <section aria-label={t("whatsapp.title")}>
      <h3 className="drawer-title">{t("whatsapp.title")}</h3>
      <ul className="calls">
        {sessions.data.items.map((session) => (
          <SessionEntry key={session.id} session={session} words={deciding(session, words)} />
        ))}
      </ul>
    </section>
  );
}

/** The words that decided in a session, which decisions name as `wa_session_{id}_…`. */
function deciding(session: Session, words: Map<string, string[]>): string[] {
  const event = [...words.keys()].find((id) => id.startsWith(`wa_session_${session.id}_`));
  return (event && words.get(event)) || [];
}

function SessionEntry({ session, words }: { session: Session; words: string[] }) {
  const { t } = useTranslation();
  const [open, setOpen] = useState(false);
  return (
    <li className="call">
      <p className="call-head">
        <strong>{t(`whatsapp.state.${session.state}`)}</strong>
        <time dateTime={session.last_message_at}>{moment(session.last_message_at)}</time>
      </p>
      <details open={open} onToggle={(event) => setOpen(event.currentTarget.open)}>
        <summary>{t("whatsapp.messages")}</summary>
        {open && <Messages session={session.id} words={words} />}
      </details>
    </li>
  );
}

function Messages({ session, words }: { session: number; words: string[] }) {
  const { t } = useTranslation();
  const pages = useInfiniteQuery({
    queryKey: ["whatsapp", session],
    queryFn: ({ pageParam }) =>
      answer(
        api.GET("/api/whatsapp/sessions/{id}", {
          params: { path: { id: session }, query: { cursor: pageParam, limit: 100 } },
        }),
      ),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.messages.next_cursor ?? undefined,
  });
  if (pages.isPending) return <Loading />;
  if (pages.error) return <Failure error={pages.error} retry={() => pages.refetch()} />;
  const messages = pages.data.pages.flatMap((page) => page.messages.items);
  return (
    <>
      <ol className="messages">
        {messages.map((message) => (
          <li key={message.id} className={`message message-${message.direction}`} dir="auto">
            <span className="visually-hidden">{t(`whatsapp.from.${message.direction}`)}</span>
            {marked(message.body, words).map(([piece, mark], at) =>
              // biome-ignore lint/suspicious/noArrayIndexKey: pieces have no other name
              mark ? <mark key={at}>{piece}</mark> : piece,
            )}
            {message.media.map((kind, at) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: attachments have no other name
              <em key={at}>{t([`whatsapp.media.${kind}`, "whatsapp.media.file"])}</em>
            ))}
          </li>
        ))}
      </ol>
      <More pages={pages} />
    </>
  );
}
