import { useInfiniteQuery, useMutation, useQueryClient } from "@tanstack/react-query";
import { useDeferredValue, useState } from "react";
import { useTranslation } from "react-i18next";
import { answer, api } from "../api/client";
import { day, phone } from "../format";
import { isAdmin, useSignedIn } from "../session";
import { Button } from "../ui/button";
import { Field } from "../ui/field";
import { FormEnd } from "../ui/form-end";
import { More } from "../ui/more";
import { fieldErrors, problemText } from "../ui/problem-text";
import { Empty, Failure, Loading } from "../ui/states";
import { failed } from "../ui/toasts";

/** The numbers that must not be called. */
export function Suppressions() {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const admin = isAdmin(useSignedIn());
  const [text, search] = useState("");
  const q = useDeferredValue(text.trim()) || undefined;
  const again = () => queries.invalidateQueries({ queryKey: ["suppressions"] });
  const pages = useInfiniteQuery({
    queryKey: ["suppressions", q],
    queryFn: ({ pageParam }) =>
      answer(api.GET("/api/suppressions", { params: { query: { q, cursor: pageParam, limit: 50 } } })),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.next_cursor ?? undefined,
  });
  const create = useMutation({
    mutationFn: (body: { phone: string; reason?: string }) => answer(api.POST("/api/suppressions", { body })),
    onSuccess: again,
  });
  const lift = useMutation({
    mutationFn: (id: number) => answer(api.DELETE("/api/suppressions/{id}", { params: { path: { id } } })),
    onSettled: again,
    onError: (error) => failed(problemText(error)),
  });
  const errors = fieldErrors(create.error);
  const rows = pages.data?.pages.flatMap((page) => page.items) ?? [];
  return (
    <>
      <p>{t("suppression.how")}</p>
      <form
        className="inline"
        onSubmit={(event) => {
          event.preventDefault();
          const form = new FormData(event.currentTarget);
          create.mutate({
            phone: String(form.get("phone")),
            reason: String(form.get("reason") ?? "").trim() || undefined,
          });
          event.currentTarget.reset();
        }}
      >
        <Field
          label={t("suppression.phone")}
          name="phone"
          type="tel"
          dir="ltr"
          required
          error={errors.phone}
        />
        <Field label={t("suppression.reason")} name="reason" dir="auto" error={errors.reason} />
        <FormEnd error={create.error} pending={create.isPending}>
          {t("add")}
        </FormEnd>
      </form>
      <Field
        label={t("suppression.search")}
        type="search"
        value={text}
        onChange={(event) => search(event.target.value)}
      />
      {pages.isPending && <Loading />}
      {pages.error && <Failure error={pages.error} retry={() => pages.refetch()} />}
      {pages.isSuccess && rows.length === 0 && <Empty title={t("suppression.none")} />}
      <ul className="rows">
        {rows.map((row) => (
          <li key={row.id} className="row">
            <bdi dir="ltr">{phone(row.phone_e164)}</bdi>
            <span className="row-main">
              {t(`suppression.origin.${row.origin}`)}
              {row.reason && <> · {row.reason}</>}
            </span>
            <time dateTime={row.created_at}>{day(row.created_at)}</time>
            {admin && (
              <Button onClick={() => lift.mutate(row.id)} pending={lift.isPending}>
                {t("suppression.lift")}
              </Button>
            )}
          </li>
        ))}
      </ul>
      <More pages={pages} />
    </>
  );
}
