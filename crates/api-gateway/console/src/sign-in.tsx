import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { answer, api } from "./api/client";
import { LanguageChoice } from "./language-choice";
import { Field } from "./ui/field";
import { FormEnd } from "./ui/form-end";
import { useTitle } from "./ui/title";
import "./sign-in.css";

/** The way in; says so when a session has just ended. */
export function SignIn({ ended }: { ended: boolean }) {
  const { t } = useTranslation();
  const queries = useQueryClient();
  useTitle(t("sign-in.go"));
  const signIn = useMutation({
    mutationFn: (body: { email: string; password: string }) => answer(api.POST("/api/auth/login", { body })),
    // Nothing of whoever was here before may be shown to the next one.
    onSuccess: () => queries.resetQueries(),
  });
  return (
    <main className="sign-in">
      <LanguageChoice />
      <form
        className="sign-in-form"
        onSubmit={(event) => {
          event.preventDefault();
          const form = new FormData(event.currentTarget);
          signIn.mutate({ email: String(form.get("email")), password: String(form.get("password")) });
        }}
      >
        <h1>
          <img src="/icon.svg" alt="" width="36" height="36" />
          {t("sign-in.title")}
        </h1>
        <p className="sign-in-what">{t(ended ? "sign-in.ended" : "sign-in.what")}</p>
        <Field
          label={t("sign-in.email")}
          name="email"
          type="email"
          required
          autoComplete="username"
          dir="ltr"
        />
        <Field
          label={t("sign-in.password")}
          name="password"
          type="password"
          required
          autoComplete="current-password"
          dir="ltr"
        />
        <FormEnd error={signIn.error} pending={signIn.isPending}>
          {t("sign-in.go")}
        </FormEnd>
      </form>
    </main>
  );
}
