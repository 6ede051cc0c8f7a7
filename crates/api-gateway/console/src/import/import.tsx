import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "wouter";
import type { Schemas } from "../api/client";
import { number } from "../format";
import { Button } from "../ui/button";
import { Field } from "../ui/field";
import { problemText } from "../ui/problem-text";
import { Scrolled } from "../ui/scrolled";
import { Loading } from "../ui/states";
import { Columns } from "./columns";
import { Drop } from "./drop";
import { type Refused, send } from "./send";
import "./import.css";

type Preview = Schemas["ImportPreview"];
type Outcome = Schemas["ImportOutcome"];

/** From a file to leads: what would come of it, what each column holds, and what came of it. */
export default function Import() {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const [file, setFile] = useState<File>();
  const [columns, setColumns] = useState<string>();
  const [name, setName] = useState("");
  const [whole, setWhole] = useState(false);
  const [sent, setSent] = useState(0);
  const preview = useMutation({
    mutationFn: ({ file, columns }: { file: File; columns?: string }) =>
      send<Preview>("/api/leads/import/preview", file, { columns }),
  });
  const run = useMutation({
    mutationFn: (file: File) =>
      send<Outcome>(
        "/api/leads/import",
        file,
        { columns, list_name: name || undefined, all_or_nothing: whole ? "true" : undefined },
        setSent,
      ),
    onSuccess: () => {
      for (const kind of ["column", "statuses", "lists"])
        void queries.invalidateQueries({ queryKey: [kind] });
    },
  });
  const take = (taken: File) => {
    run.reset();
    setFile(taken);
    setColumns(undefined);
    setName(taken.name.replace(/\.[^.]+$/, ""));
    preview.mutate({ file: taken });
  };
  const map = (changed: string) => {
    setColumns(changed);
    if (file) preview.mutate({ file, columns: changed });
  };
  const told = preview.data;
  return (
    <div className="page run-page">
      <h1>{t("page.import")}</h1>
      <Drop take={take} file={file?.name} />
      {preview.isPending && !told && <Loading />}
      {preview.error && (
        <p role="alert" className="form-error">
          {(preview.error as Refused).detail ?? problemText(preview.error)}
        </p>
      )}
      {told && !run.data && (
        <section className="panel details" aria-label={t("import.preview")}>
          {told.obstacle && (
            <p role="alert" className="form-error">
              {told.obstacle.detail}
            </p>
          )}
          <Columns columns={told.columns} change={map} />
          {!told.obstacle && <Judged judged={told} good={told.good} />}
          <First leads={told.leads} />
          <Field
            label={t("import.list")}
            value={name}
            onChange={(event) => setName(event.target.value)}
            dir="auto"
          />
          <label>
            <input type="checkbox" checked={whole} onChange={(event) => setWhole(event.target.checked)} />{" "}
            {t("import.all-or-nothing")}
          </label>
          {run.isPending && <progress max={1} value={sent} aria-label={t("import.sending")} />}
          {run.error && (
            <p role="alert" className="form-error">
              {(run.error as Refused).detail ?? problemText(run.error)}
            </p>
          )}
          <Button
            look="main"
            disabled={Boolean(told.obstacle) || told.good === 0}
            pending={run.isPending}
            onClick={() => file && run.mutate(file)}
          >
            {t("import.go", { count: told.good, number: number(told.good) })}
          </Button>
        </section>
      )}
      {run.data && <Done outcome={run.data} />}
    </div>
  );
}

type Counted = Pick<Preview, "rows" | "rejected" | "duplicates" | "reasons" | "rejects">;

/** How many rows are good, and why others are not. */
function Judged({ judged, good }: { judged: Counted; good: number }) {
  const { t } = useTranslation();
  return (
    <>
      <p>
        <strong>{t("import.good", { good: number(good), rows: number(judged.rows) })}</strong>
      </p>
      {judged.reasons.length > 0 && (
        <ul>
          {judged.reasons.map((reason) => (
            <li key={reason.name}>
              {t([`import.reason.${reason.name}`, "import.reason.other"])}: {number(reason.rows)}
            </li>
          ))}
        </ul>
      )}
      {judged.rejects.length > 0 && (
        <details>
          <summary>{t("import.rejects")}</summary>
          <ol className="rejects">
            {judged.rejects.slice(0, 100).map((reject) => (
              <li key={reject.row} value={reject.row}>
                {reject.detail}
              </li>
            ))}
          </ol>
        </details>
      )}
    </>
  );
}

function First({ leads }: { leads: Preview["leads"] }) {
  const { t } = useTranslation();
  if (leads.length === 0) return null;
  return (
    <Scrolled name={t("import.first")} className="hours-scroll">
      <table className="table">
        <caption>{t("import.first")}</caption>
        <thead>
          <tr>
            {(["first_name", "last_name", "phone_e164", "notes"] as const).map((field) => (
              <th key={field} scope="col">
                {t(`lead.field.${field}`)}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {leads.map((lead) => (
            <tr key={lead.row}>
              <td dir="auto">{lead.first_name}</td>
              <td dir="auto">{lead.last_name}</td>
              <td>
                <bdi dir="ltr">{lead.phone_e164}</bdi>
              </td>
              <td dir="auto">{lead.notes}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </Scrolled>
  );
}

function Done({ outcome }: { outcome: Outcome }) {
  const { t } = useTranslation();
  return (
    <section className="panel details" role="status">
      <Judged judged={outcome} good={outcome.created} />
      <div className="run-controls">
        <Link href="/board" className="button button-main">
          {t("import.to-board")}
        </Link>
        <Link href="/runs/new" className="button">
          {t("import.to-run")}
        </Link>
        {outcome.rejects_url && (
          <a href={outcome.rejects_url} download className="button">
            {t("import.download-rejects")}
          </a>
        )}
      </div>
    </section>
  );
}
