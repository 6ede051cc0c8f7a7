import { type QueryClient, useMutation, useQueryClient } from "@tanstack/react-query";
import i18next from "i18next";
import { answer, api, isConflict, type Status } from "../api/client";
import { problemText } from "../ui/problem-text";
import { done, failed } from "../ui/toasts";
import { glide } from "./glide";
import { type Card, placeCard, updateCard } from "./leads";

interface Move {
  card: Card;
  to: string;
}

/** Moves a lead by a person's hand: shown at once, taken back with a message when the API refuses. */
export function useMove() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: ({ card, to }: Move) =>
      answer(
        api.PATCH("/api/leads/{id}", {
          params: { path: { id: card.id }, header: { "If-Match": `"${card.version}"` } },
          body: { status: to },
        }),
      ),
    onMutate: ({ card, to }) => {
      void glide(card.id, () => placeCard(queries, { ...card, status: to, moved: undefined }));
      countMove(queries, card.status, to);
    },
    onSuccess: (lead, { card, to }) => {
      done(i18next.t("board.was-moved", { name: card.full_name, to: labelOf(queries, to) }));
      updateCard(queries, lead);
      void queries.invalidateQueries({ queryKey: ["lead", lead.id] });
    },
    onError: async (error, { card, to }) => {
      countMove(queries, to, card.status);
      failed(`${i18next.t("board.not-moved", { name: card.full_name })} ${problemText(error)}`);
      // Whoever was first decides where the card stands.
      const now = isConflict(error) ? await newest(card) : card;
      void glide(card.id, () => placeCard(queries, now));
    },
  });
}

function newest(card: Card): Promise<Card> {
  return answer(api.GET("/api/leads/{id}", { params: { path: { id: card.id } } })).catch(() => card);
}

function labelOf(queries: QueryClient, status: string): string {
  const statuses = queries.getQueryData<Status[]>(["statuses"]) ?? [];
  return statuses.find(({ name }) => name === status)?.label ?? status;
}

/** The counts above the columns follow a move until the API tells them anew. */
export function countMove(
  queries: QueryClient,
  from: string | null | undefined,
  to: string | null | undefined,
) {
  queries.setQueryData<Status[]>(["statuses"], (statuses) =>
    statuses?.map((status) => {
      const change = Number(status.name === to) - Number(status.name === from);
      return change ? { ...status, lead_count: Math.max(0, status.lead_count + change) } : status;
    }),
  );
}
