import { combine } from "@atlaskit/pragmatic-drag-and-drop/combine";
import { draggable, dropTargetForElements } from "@atlaskit/pragmatic-drag-and-drop/element/adapter";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { answer, api, type Schemas, type Status } from "../api/client";
import { useStatuses } from "../board/board";
import { Button } from "../ui/button";
import { Field } from "../ui/field";
import { FormEnd } from "../ui/form-end";
import { fieldErrors, problemText } from "../ui/problem-text";
import { Failure, Loading } from "../ui/states";
import { failed } from "../ui/toasts";

/** The board's columns: their order, names, colours and rules. */
export function Statuses() {
  const { t } = useTranslation();
  const statuses = useStatuses();
  const save = useSave();
  if (statuses.isPending) return <Loading />;
  if (statuses.error) return <Failure error={statuses.error} retry={() => statuses.refetch()} />;
  const names = statuses.data.map((status) => status.name);
  const place = (name: string, at: number) => {
    const order = names.filter((other) => other !== name);
    order.splice(at, 0, name);
    save.mutate(() => answer(api.PUT("/api/lead-statuses/order", { body: { names: order } })));
  };
  return (
    <>
      <p>{t("status.how")}</p>
      <ol className="rows">
        {statuses.data.map((status, at) => (
          <StatusRow
            key={`${status.name} ${status.version}`}
            status={status}
            others={statuses.data.filter((other) => other.is_active && other.name !== status.name)}
            up={at > 0 ? () => place(status.name, at - 1) : undefined}
            down={at < names.length - 1 ? () => place(status.name, at + 1) : undefined}
            receive={(name) => place(name, at)}
            save={save.mutate}
          />
        ))}
      </ol>
      <NewStatus />
    </>
  );
}

type Save = (change: () => Promise<unknown>) => void;

/** Does a change of the board and reads it anew, whatever came of it. */
function useSave() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (change: () => Promise<unknown>) => change(),
    onSettled: () => queries.invalidateQueries({ queryKey: ["statuses"] }),
    onError: (error) => failed(problemText(error)),
  });
}

interface RowProps {
  status: Status;
  others: Status[];
  up?: () => void;
  down?: () => void;
  receive: (name: string) => void;
  save: Save;
}

function StatusRow({ status, others, up, down, receive, save }: RowProps) {
  const { t } = useTranslation();
  const row = useRef<HTMLLIElement>(null);
  const state = useRowDrag(row, status.name, receive);
  const change = (body: Schemas["StatusChanges"]) =>
    save(() =>
      answer(
        api.PATCH("/api/lead-statuses/{name}", {
          params: { path: { name: status.name }, header: { "If-Match": `"${status.version}"` } },
          body,
        }),
      ),
    );
  return (
    <li ref={row} className={`row ${state}`}>
      <span className="grip" aria-hidden="true">
        ⠿
      </span>
      <input
        type="color"
        aria-label={t("status.colour", { label: status.label })}
        defaultValue={status.color}
        onBlur={(event) => event.target.value !== status.color && change({ color: event.target.value })}
      />
      <input
        className="row-main"
        aria-label={t("status.label", { label: status.label })}
        defaultValue={status.label}
        maxLength={80}
        onBlur={(event) => {
          const label = event.target.value.trim();
          if (label && label !== status.label) change({ label });
        }}
      />
      <label>
        <input
          type="radio"
          name="default"
          checked={status.is_default}
          disabled={!status.is_active}
          onChange={() => change({ is_default: true })}
        />{" "}
        {t("status.default")}
      </label>
      <label>
        <input
          type="checkbox"
          checked={status.is_protected}
          onChange={(event) => change({ is_protected: event.target.checked })}
        />{" "}
        {t("status.protected")}
      </label>
      <Button look="quiet" disabled={!up} aria-label={t("status.up", { label: status.label })} onClick={up}>
        ↑
      </Button>
      <Button
        look="quiet"
        disabled={!down}
        aria-label={t("status.down", { label: status.label })}
        onClick={down}
      >
        ↓
      </Button>
      <Off status={status} others={others} change={change} save={save} />
    </li>
  );
}

/** Switches a column off or deletes it; leads that stand there go where it is said. */
function Off({
  status,
  others,
  change,
  save,
}: Pick<RowProps, "status" | "others" | "save"> & { change: (body: Schemas["StatusChanges"]) => void }) {
  const { t } = useTranslation();
  const dialog = useRef<HTMLDialogElement>(null);
  const [to, choose] = useState(others[0]?.name ?? "");
  if (!status.is_active) {
    return <Button onClick={() => change({ is_active: true })}>{t("status.on")}</Button>;
  }
  const remove = () =>
    save(() =>
      answer(
        api.DELETE("/api/lead-statuses/{name}", {
          params: { path: { name: status.name }, query: { move_to: to || undefined } },
        }),
      ),
    );
  return (
    <>
      <Button disabled={status.is_default} onClick={() => dialog.current?.showModal()}>
        {t("status.off")}
      </Button>
      <dialog ref={dialog} className="ask" aria-label={t("status.off-title", { label: status.label })}>
        <h2>{t("status.off-title", { label: status.label })}</h2>
        <label>
          {t("status.move-to")}{" "}
          <select value={to} onChange={(event) => choose(event.target.value)}>
            {others.map((other) => (
              <option key={other.name} value={other.name}>
                {other.label}
              </option>
            ))}
          </select>
        </label>
        <div className="run-controls">
          <Button onClick={() => change({ is_active: false, move_to: to })}>{t("status.off")}</Button>
          {!status.is_system && (
            <Button look="danger" onClick={remove}>
              {t("status.delete")}
            </Button>
          )}
          <Button onClick={() => dialog.current?.close()}>{t("cancel")}</Button>
        </div>
      </dialog>
    </>
  );
}

function NewStatus() {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const create = useMutation({
    mutationFn: (body: { label: string; color: string }) => answer(api.POST("/api/lead-statuses", { body })),
    onSuccess: () => queries.invalidateQueries({ queryKey: ["statuses"] }),
  });
  return (
    <form
      className="inline"
      onSubmit={(event) => {
        event.preventDefault();
        const form = new FormData(event.currentTarget);
        create.mutate({ label: String(form.get("label")), color: String(form.get("color")) });
        event.currentTarget.reset();
      }}
    >
      <Field
        label={t("status.new")}
        name="label"
        required
        maxLength={80}
        error={fieldErrors(create.error).label}
      />
      <Field label={t("status.new-colour")} name="color" type="color" defaultValue="#6b7280" />
      <FormEnd error={create.error} pending={create.isPending}>
        {t("add")}
      </FormEnd>
    </form>
  );
}

/** Lets a row be dragged and others be dropped on it; answers the class that shows it. */
function useRowDrag(
  row: React.RefObject<HTMLElement | null>,
  name: string,
  receive: (name: string) => void,
): string {
  const [state, setState] = useState("");
  const latest = useRef(receive);
  latest.current = receive;
  useEffect(() => {
    const element = row.current;
    if (!element) return;
    return combine(
      draggable({
        element,
        getInitialData: () => ({ status: name }),
        onDragStart: () => setState("row-dragged"),
        onDrop: () => setState(""),
      }),
      dropTargetForElements({
        element,
        canDrop: ({ source }) => source.data.status !== undefined && source.data.status !== name,
        onDragEnter: () => setState("row-over"),
        onDragLeave: () => setState(""),
        onDrop: ({ source }) => {
          setState("");
          latest.current(String(source.data.status));
        },
      }),
    );
  }, [row, name]);
  return state;
}
