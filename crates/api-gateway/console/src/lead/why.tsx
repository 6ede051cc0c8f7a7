import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { answer, api } from "../api/client";
import { moment } from "../format";
import { Failure, Loading } from "../ui/states";
import type { PartProps } from "./drawer";

/** Why a lead is, or is not, dialled now: every gate in its order. */
export function Why({ lead }: PartProps) {
  const { t } = useTranslation();
  const why = useQuery({
    queryKey: ["lead", lead.id, "why"],
    queryFn: () => answer(api.GET("/api/leads/{id}/why", { params: { path: { id: lead.id } } })),
    staleTime: 0,
  });
  if (why.isPending) return <Loading />;
  if (why.error) return <Failure error={why.error} retry={() => why.refetch()} />;
  const stops = why.data.gates.find((gate) => !gate.passed);
  return (
    <>
      <p className={why.data.dialable ? "verdict" : "verdict verdict-no"}>
        <strong>{t(why.data.dialable ? "why.yes" : "why.no")}</strong> {stops?.detail}
        {stops?.until && <> {t("why.until", { at: moment(stops.until) })}</>}
      </p>
      <ol className="gates">
        {why.data.gates.map((gate) => (
          <li key={gate.gate} className={gate.passed ? "gate-passed" : "gate-closed"}>
            <span aria-hidden="true">{gate.passed ? "✓" : "✕"}</span>
            <span className="visually-hidden">{t(gate.passed ? "why.passed" : "why.stops")}</span>
            <span>{gate.detail}</span>
          </li>
        ))}
      </ol>
    </>
  );
}
