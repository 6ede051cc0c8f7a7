import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { answer, api, type Schemas, type User } from "../api/client";
import { useSignedIn } from "../session";
import { Button } from "../ui/button";
import { Field } from "../ui/field";
import { FormEnd } from "../ui/form-end";
import { fieldErrors, problemText } from "../ui/problem-text";
import { Failure, Loading } from "../ui/states";
import { failed } from "../ui/toasts";
import { ROLES, RoleChoice } from "./roles";

/** Who may sign in, and as what. */
export function People() {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const me = useSignedIn();
  const again = () => queries.invalidateQueries({ queryKey: ["users"] });
  const users = useQuery({
    queryKey: ["users"],
    queryFn: () => answer(api.GET("/api/users", { params: { query: { limit: 200 } } })),
  });
  const create = useMutation({
    mutationFn: (body: Schemas["UserToCreate"]) => answer(api.POST("/api/users", { body })),
    onSuccess: again,
  });
  const change = useMutation({
    mutationFn: ({ user, body }: { user: User; body: Schemas["UserChanges"] }) =>
      answer(
        api.PATCH("/api/users/{id}", {
          params: { path: { id: user.id }, header: { "If-Match": `"${user.version}"` } },
          body,
        }),
      ),
    onSettled: again,
    onError: (error) => failed(problemText(error)),
  });
  if (users.isPending) return <Loading />;
  if (users.error) return <Failure error={users.error} retry={() => users.refetch()} />;
  const errors = fieldErrors(create.error);
  return (
    <>
      <ul className="rows">
        {users.data.items.map((user) => (
          <li key={user.id} className={user.is_active ? "row" : "row row-off"}>
            <span className="row-main">
              <strong>{user.name || user.email}</strong> <bdi>{user.email}</bdi>
            </span>
            <select
              aria-label={t("people.role-of", { name: user.name || user.email })}
              value={user.role}
              disabled={!user.is_active}
              onChange={(event) => change.mutate({ user, body: { role: event.target.value } })}
            >
              {ROLES.map((role) => (
                <option key={role} value={role}>
                  {t(`role.${role}`)}
                </option>
              ))}
            </select>
            {user.id !== me.id && (
              <Button onClick={() => change.mutate({ user, body: { is_active: !user.is_active } })}>
                {t(user.is_active ? "people.off" : "people.on")}
              </Button>
            )}
          </li>
        ))}
      </ul>
      <form
        className="inline"
        onSubmit={(event) => {
          event.preventDefault();
          const form = new FormData(event.currentTarget);
          const text = (name: string) => String(form.get(name) ?? "").trim();
          create.mutate({
            email: text("email"),
            name: text("name"),
            role: text("role"),
            password: String(form.get("password")),
          });
        }}
      >
        <Field label={t("people.name")} name="name" required error={errors.name} />
        <Field label={t("sign-in.email")} name="email" type="email" dir="ltr" required error={errors.email} />
        <Field
          label={t("people.password")}
          name="password"
          type="password"
          autoComplete="new-password"
          minLength={12}
          dir="ltr"
          required
          error={errors.password}
        />
        <RoleChoice error={errors.role} />
        <FormEnd error={create.error} pending={create.isPending}>
          {t("add")}
        </FormEnd>
      </form>
    </>
  );
}
