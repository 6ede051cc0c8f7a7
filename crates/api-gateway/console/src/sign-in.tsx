import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { answer, api } from "./api/client";
import { LanguageChoice } from "./language-choice";
import { Field } from "./ui/field";
import { FormEnd } from "./ui/form-end";
import "./sign-in.css";

export function SignIn() {
  const { t } = useTranslation();
  const queries = useQueryClient();
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
        <h1>{t("sign-in.title")}</h1>
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
