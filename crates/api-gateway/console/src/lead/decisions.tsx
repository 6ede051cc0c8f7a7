import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { answer, api, type Status } from "../api/client";
import { moment, percent } from "../format";
import { Button } from "../ui/button";
import { More } from "../ui/more";
import { problemText } from "../ui/problem-text";
import { Empty, Failure, Loading } from "../ui/states";
import { done, failed } from "../ui/toasts";
import type { PartProps } from "./drawer";
import { EvidenceList } from "./evidence";
import { marked } from "./transcript";
import { type Decision, decidingWords, type Evidence, useDecisions } from "./use-decisions";

/** What automation decided about a lead, why, and the way back. */
export function Decisions({ lead, statuses }: PartProps) {
  const { t } = useTranslation();
  const pages = useDecisions(lead.id);
  if (pages.isPending) return <Loading />;
  if (pages.error) return <Failure error={pages.error} retry={() => pages.refetch()} />;
  const decisions = pages.data.pages.flatMap((page) => page.items);
  if (decisions.length === 0) return <Empty title={t("lead.no-decisions")} />;
  return (
    <>
      <ul className="calls">
        {decisions.map((decision) => (
          <DecisionEntry key={decision.id} lead={lead.id} decision={decision} statuses={statuses} />
        ))}
      </ul>
      <More pages={pages} />
    </>
  );
}

function DecisionEntry({
  lead,
  decision,
  statuses,
}: {
  lead: number;
  decision: Decision;
  statuses: Status[];
}) {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const undo = useMutation({
    mutationFn: () => answer(api.POST("/api/decisions/{id}/undo", { params: { path: { id: decision.id } } })),
    onSuccess: () => {
      done(t("decision.undone"));
      void queries.invalidateQueries({ queryKey: ["lead", lead] });
    },
    onError: (error) => failed(problemText(error)),
  });
  const evidence = decision.evidence as Evidence;
  const label = (name?: string | null) => statuses.find((status) => status.name === name)?.label ?? name;
  const words = decidingWords(evidence);
  return (
    <li className="call">
      <p className="call-head">
        <strong>
          {decision.applied && decision.to_status
            ? t("decision.moved", { to: label(decision.to_status) })
            : t([`decision.${decision.reason}`, "decision.nothing"], { to: label(decision.to_status) })}
        </strong>
        {decision.confidence != null && <span>{percent(decision.confidence)}</span>}
        <time dateTime={decision.occurred_at}>{moment(decision.occurred_at)}</time>
      </p>
      {decision.decided_by && <p className="call-note">{t(`decided-by.${decision.decided_by}`)}</p>}
      {decision.summary && (
        <p className="call-summary" dir="auto">
          {marked(decision.summary, words).map(([piece, mark], at) =>
            // biome-ignore lint/suspicious/noArrayIndexKey: pieces have no other name
            mark ? <mark key={at}>{piece}</mark> : piece,
          )}
        </p>
      )}
      <EvidenceList decision={decision} evidence={evidence} />
      {decision.undone_at && (
        <p className="call-note">{t("decision.undone-at", { at: moment(decision.undone_at) })}</p>
      )}
      {decision.applied && !decision.undone_at && (
        <Button pending={undo.isPending} onClick={() => undo.mutate()}>
          {t("decision.undo")}
        </Button>
      )}
    </li>
  );
}
