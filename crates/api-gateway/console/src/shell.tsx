import { useMutation, useQueryClient } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { Link, useLocation, useRoute } from "wouter";
import { answer, api } from "./api/client";
import { useLiveConnection } from "./api/live";
import { Bell } from "./bell";
import { forgetAll } from "./board/heard";
import { LanguageChoice } from "./language-choice";
import { isAdmin, useSignedIn } from "./session";
import { THEMES, useTheme } from "./theme";
import { Button } from "./ui/button";
import { Icon } from "./ui/icon";
import { useTitle } from "./ui/title";
import { Toggles } from "./ui/toggles";
import "./shell.css";

const PAGES = ["board", "runs", "import", "analytics", "settings"] as const;
type Page = (typeof PAGES)[number];
/** What an agent has nothing to do with. */
const OF_ADMINS: readonly Page[] = ["import", "analytics"];

/** The frame around every page. */
export function Shell({ children }: { children: ReactNode }) {
  const { t } = useTranslation();
  const connected = useLiveConnection();
  const admin = isAdmin(useSignedIn());
  const [path] = useLocation();
  const here = PAGES.find((page) => path.startsWith(`/${page}`));
  useTitle(here && t(`page.${here}`));
  return (
    <div className="shell">
      <a className="skip-link" href="#page">
        {t("skip-to-page")}
      </a>
      <header className="shell-bar">
        <img src="/icon.svg" alt="" width="28" height="28" />
        <nav aria-label={t("pages")} className="shell-pages">
          {PAGES.filter((page) => admin || !OF_ADMINS.includes(page)).map((page) => (
            <PageLink key={page} page={page} />
          ))}
        </nav>
        {!connected && (
          <span role="status" className="shell-offline">
            {t("not-live")}
          </span>
        )}
        <Bell />
        <Account />
      </header>
      <main id="page" tabIndex={-1} className="shell-page">
        {children}
      </main>
    </div>
  );
}

function PageLink({ page }: { page: Page }) {
  const { t } = useTranslation();
  const [here] = useRoute(`/${page}/*?`);
  return (
    <Link href={`/${page}`} aria-current={here ? "page" : undefined} className="shell-link">
      <Icon name={page} />
      {t(`page.${page}`)}
    </Link>
  );
}

function Account() {
  const { t } = useTranslation();
  const user = useSignedIn();
  const queries = useQueryClient();
  const [theme, choose] = useTheme();
  const signOut = useMutation({
    mutationFn: () => answer(api.POST("/api/auth/logout")),
    onSettled: () => {
      queries.clear();
      forgetAll();
      queries.setQueryData(["me"], null);
    },
  });
  return (
    <>
      <button
        type="button"
        className="quiet-button shell-account"
        popoverTarget="account"
        aria-label={t("account.title", { name: user.name })}
      >
        <span aria-hidden="true">{initials(user.name || user.email)}</span>
      </button>
      <div id="account" popover="auto" className="popover account">
        <p>
          <strong>{user.name}</strong>
          <br />
          <bdi>{user.email}</bdi>
        </p>
        <LanguageChoice />
        <Toggles
          label={t("theme.title")}
          options={THEMES}
          chosen={theme}
          choose={choose}
          name={(name) => t(`theme.${name}`)}
        />
        <Button onClick={() => signOut.mutate()}>{t("account.sign-out")}</Button>
      </div>
    </>
  );
}

function initials(name: string): string {
  const words = name.split(/\s+/).filter(Boolean);
  return words
    .slice(0, 2)
    .map((word) => word[0])
    .join("")
    .toUpperCase();
}
