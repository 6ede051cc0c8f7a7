import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { answer, api } from "../api/client";
import { ago, day } from "../format";
import { Field } from "../ui/field";
import { FormEnd } from "../ui/form-end";
import { fieldErrors, problemText } from "../ui/problem-text";
import { Empty, Failure, Loading } from "../ui/states";
import { SureButton } from "../ui/sure-button";
import { failed } from "../ui/toasts";
import { RoleChoice } from "./roles";

/** Keys for programs; each is shown once. */
export function Keys() {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const again = () => queries.invalidateQueries({ queryKey: ["keys"] });
  const keys = useQuery({
    queryKey: ["keys"],
    queryFn: () => answer(api.GET("/api/api-keys", { params: { query: { limit: 200 } } })),
  });
  const create = useMutation({
    mutationFn: (body: { name: string; role: string }) => answer(api.POST("/api/api-keys", { body })),
    onSuccess: again,
  });
  const revoke = useMutation({
    mutationFn: (id: number) => answer(api.DELETE("/api/api-keys/{id}", { params: { path: { id } } })),
    onSettled: again,
    onError: (error) => failed(problemText(error)),
  });
  if (keys.isPending) return <Loading />;
  if (keys.error) return <Failure error={keys.error} retry={() => keys.refetch()} />;
  const valid = keys.data.items.filter((key) => !key.revoked_at);
  const errors = fieldErrors(create.error);
  return (
    <>
      {create.data?.key && (
        <p className="secret" role="status">
          {t("keys.once")} <code dir="ltr">{create.data.key}</code>
        </p>
      )}
      {valid.length === 0 && <Empty title={t("keys.none")} />}
      <ul className="rows">
        {valid.map((key) => (
          <li key={key.id} className="row">
            <span className="row-main">
              <strong>{key.name}</strong> <code dir="ltr">{key.prefix}…</code>
            </span>
            <span>{t(`role.${key.role}`)}</span>
            <span>
              {key.last_used_at
                ? t("keys.used", { when: ago(key.last_used_at) })
                : t("keys.made", { when: day(key.created_at) })}
            </span>
            <SureButton
              label={t("keys.revoke")}
              ask={t("keys.revoke-ask")}
              onSure={() => revoke.mutate(key.id)}
            />
          </li>
        ))}
      </ul>
      <form
        className="inline"
        onSubmit={(event) => {
          event.preventDefault();
          const form = new FormData(event.currentTarget);
          create.mutate({ name: String(form.get("name")), role: String(form.get("role")) });
          event.currentTarget.reset();
        }}
      >
        <Field label={t("keys.name")} name="name" required error={errors.name} />
        <RoleChoice error={errors.role} />
        <FormEnd error={create.error} pending={create.isPending}>
          {t("keys.create")}
        </FormEnd>
      </form>
    </>
  );
}
