import { useInfiniteQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { answer, api, type Schemas } from "../api/client";

export type Decision = Schemas["DecisionView"];

/** What a decision rests on, as far as it is shown. */
export interface Evidence {
  matched?: { text: string; group: string; negated?: boolean }[];
  gates?: { gate: string; passed: boolean }[];
  threshold?: number;
  learned?: boolean;
  /** The label that the summary recommended. */
  tag?: string | null;
}

export function useDecisions(lead: number) {
  return useInfiniteQuery({
    queryKey: ["lead", lead, "decisions"],
    queryFn: ({ pageParam }) =>
      answer(
        api.GET("/api/leads/{id}/decisions", {
          params: { path: { id: lead }, query: { cursor: pageParam, limit: 30 } },
        }),
      ),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.next_cursor ?? undefined,
  });
}

/** The words that decided: those of the keyword groups, or the label that the summary recommended. */
export function decidingWords({ matched, tag }: Evidence): string[] {
  const words = matched?.filter((match) => !match.negated).map((match) => match.text) ?? [];
  return words.length > 0 || !tag ? words : [tag];
}

/** The words that decided, by the conversation in which they were said. */
export function useDecidingWords(lead: number): Map<string, string[]> {
  const decisions = useDecisions(lead);
  return useMemo(() => {
    const all = decisions.data?.pages.flatMap((page) => page.items) ?? [];
    return new Map(
      all.map((decision) => [decision.source_event_id, decidingWords(decision.evidence as Evidence)]),
    );
  }, [decisions.data]);
}
