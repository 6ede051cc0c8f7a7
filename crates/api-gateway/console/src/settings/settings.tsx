import { useTranslation } from "react-i18next";
import { Link, Redirect } from "wouter";
import { isAdmin, useSignedIn } from "../session";
import { Automation } from "./automation";
import { Calling } from "./calling";
import { Keys } from "./keys";
import { Notifications } from "./notifications";
import { People } from "./people";
import { Statuses } from "./statuses";
import { Suppressions } from "./suppressions";
import { Webhooks } from "./webhooks";
import { OwnWords } from "./words";
import "./settings.css";

/** What each part shows, and whether it is an admin's alone. */
const PARTS = {
  statuses: { Shown: Statuses, admin: true },
  calling: { Shown: Calling, admin: true },
  automation: { Shown: Automation, admin: true },
  words: { Shown: OwnWords, admin: true },
  suppressions: { Shown: Suppressions, admin: false },
  notifications: { Shown: Notifications, admin: false },
  people: { Shown: People, admin: true },
  keys: { Shown: Keys, admin: true },
  webhooks: { Shown: Webhooks, admin: true },
} as const;
type Part = keyof typeof PARTS;

/** What a business sets, part by part. */
export default function Settings({ params }: { params: { part?: string } }) {
  const { t } = useTranslation();
  const admin = isAdmin(useSignedIn());
  const mine = (Object.keys(PARTS) as Part[]).filter((part) => admin || !PARTS[part].admin);
  const part = mine.find((name) => name === params.part);
  if (!part) return <Redirect to={`/settings/${mine[0]}`} replace />;
  const { Shown } = PARTS[part];
  return (
    <div className="page settings">
      <h1 className="visually-hidden">{t("page.settings")}</h1>
      <nav aria-label={t("page.settings")} className="settings-parts">
        {mine.map((name) => (
          <Link
            key={name}
            href={`/settings/${name}`}
            className="shell-link"
            aria-current={name === part ? "page" : undefined}
          >
            {t(`settings.${name}`)}
          </Link>
        ))}
      </nav>
      <section className="panel settings-part" aria-labelledby="settings-part">
        <h2 id="settings-part">{t(`settings.${part}`)}</h2>
        <Shown />
      </section>
    </div>
  );
}
