import { useInfiniteQuery, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import type { TFunction } from "i18next";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { answer, api, type Schemas } from "../api/client";
import { moment } from "../format";
import { Button } from "../ui/button";
import { Field } from "../ui/field";
import { FormEnd } from "../ui/form-end";
import { More } from "../ui/more";
import { fieldErrors, problemText } from "../ui/problem-text";
import { Empty, Failure, Loading } from "../ui/states";
import { SureButton } from "../ui/sure-button";
import { done, failed } from "../ui/toasts";

type Endpoint = Schemas["WebhookEndpointView"];

/** What a receiver can hear of. */
const EVENTS = [
  "status.changed",
  "call.started",
  "call.completed",
  "run.progress",
  "run.finished",
  "lead.suppressed",
] as const;

/** An event in words; the dots of its name would part the key. */
function eventName(t: TFunction, type: string): string {
  return t([`webhook.event.${type.replaceAll(".", "-")}`, type]);
}

/** Addresses of other programs that are told what happens. */
export function Webhooks() {
  const { t } = useTranslation();
  const [secret, setSecret] = useState<string>();
  const endpoints = useQuery({
    queryKey: ["webhooks"],
    queryFn: () => answer(api.GET("/api/webhook-endpoints", { params: { query: { limit: 100 } } })),
  });
  if (endpoints.isPending) return <Loading />;
  if (endpoints.error) return <Failure error={endpoints.error} retry={() => endpoints.refetch()} />;
  return (
    <>
      <p>{t("webhook.how")}</p>
      {secret && (
        <p className="secret" role="status">
          {t("webhook.once")} <code dir="ltr">{secret}</code>
        </p>
      )}
      {endpoints.data.items.length === 0 && <Empty title={t("webhook.none")} />}
      <ul className="rows">
        {endpoints.data.items.map((endpoint) => (
          <EndpointRow key={`${endpoint.id} ${endpoint.version}`} endpoint={endpoint} show={setSecret} />
        ))}
      </ul>
      <NewEndpoint show={setSecret} />
    </>
  );
}

type Show = (secret: string | undefined) => void;

function EndpointRow({ endpoint, show }: { endpoint: Endpoint; show: Show }) {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const path = { path: { id: endpoint.id } };
  const act = useMutation({
    mutationFn: (what: () => Promise<unknown>) => what(),
    onSettled: () => queries.invalidateQueries({ queryKey: ["webhooks"] }),
    onError: (error) => failed(problemText(error)),
  });
  const [open, setOpen] = useState(false);
  return (
    <li className={endpoint.is_active ? "row" : "row row-off"}>
      <span className="row-main">
        <bdi dir="ltr">{endpoint.url}</bdi>
        {endpoint.description && <> · {endpoint.description}</>}
        <br />
        <small>{endpoint.event_types.map((type) => eventName(t, type)).join(", ")}</small>
        {endpoint.disabled_reason && (
          <p className="form-error">
            {t([`webhook.disabled.${endpoint.disabled_reason}`, "webhook.disabled.other"])}
          </p>
        )}
      </span>
      <Button
        onClick={() =>
          act.mutate(async () => {
            await answer(api.POST("/api/webhook-endpoints/{id}/test", { params: path }));
            done(t("webhook.tested"));
            setOpen(true);
          })
        }
      >
        {t("webhook.test")}
      </Button>
      <Button
        onClick={() =>
          act.mutate(async () => {
            const rotated = await answer(
              api.POST("/api/webhook-endpoints/{id}/rotate-secret", {
                params: path,
                body: { overlap_hours: 24 },
              }),
            );
            show(rotated.secret ?? undefined);
          })
        }
      >
        {t("webhook.rotate")}
      </Button>
      <Button
        onClick={() =>
          act.mutate(() =>
            answer(
              api.PATCH("/api/webhook-endpoints/{id}", {
                params: path,
                body: { is_active: !endpoint.is_active },
              }),
            ),
          )
        }
      >
        {t(endpoint.is_active ? "webhook.off" : "webhook.on")}
      </Button>
      <SureButton
        label={t("status.delete")}
        ask={t("webhook.delete-ask")}
        onSure={() => act.mutate(() => answer(api.DELETE("/api/webhook-endpoints/{id}", { params: path })))}
      />
      <details className="row-more" open={open} onToggle={(event) => setOpen(event.currentTarget.open)}>
        <summary>{t("webhook.deliveries")}</summary>
        {open && <Deliveries endpoint={endpoint.id} />}
      </details>
    </li>
  );
}

function Deliveries({ endpoint }: { endpoint: number }) {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const pages = useInfiniteQuery({
    queryKey: ["deliveries", endpoint],
    queryFn: ({ pageParam }) =>
      answer(
        api.GET("/api/webhook-endpoints/{id}/deliveries", {
          params: { path: { id: endpoint }, query: { cursor: pageParam, limit: 20 } },
        }),
      ),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.next_cursor ?? undefined,
    refetchInterval: 5_000,
  });
  const resend = useMutation({
    mutationFn: (delivery: number) =>
      answer(
        api.POST("/api/webhook-endpoints/{id}/deliveries/{delivery}/resend", {
          params: { path: { id: endpoint, delivery } },
        }),
      ),
    onSettled: () => queries.invalidateQueries({ queryKey: ["deliveries", endpoint] }),
    onError: (error) => failed(problemText(error)),
  });
  if (pages.isPending) return <Loading />;
  if (pages.error) return <Failure error={pages.error} retry={() => pages.refetch()} />;
  const deliveries = pages.data.pages.flatMap((page) => page.items);
  if (deliveries.length === 0) return <Empty title={t("webhook.no-deliveries")} />;
  return (
    <>
      <table className="table">
        <thead>
          <tr>
            <th scope="col">{t("webhook.event-column")}</th>
            <th scope="col">{t("webhook.state")}</th>
            <th scope="col">{t("webhook.answer")}</th>
            <th scope="col">{t("webhook.at")}</th>
            <td />
          </tr>
        </thead>
        <tbody>
          {deliveries.map((delivery) => (
            <tr key={delivery.id}>
              <td>{eventName(t, delivery.event_type)}</td>
              <td>{t([`webhook.status.${delivery.status}`, "webhook.status.other"])}</td>
              <td dir="ltr">{delivery.response_code ?? delivery.error}</td>
              <td>{moment(delivery.last_attempt_at ?? delivery.created_at)}</td>
              <td>
                <Button onClick={() => resend.mutate(delivery.id)}>{t("webhook.resend")}</Button>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      <More pages={pages} />
    </>
  );
}

function NewEndpoint({ show }: { show: Show }) {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const create = useMutation({
    mutationFn: (body: Schemas["WebhookEndpointToCreate"]) =>
      answer(api.POST("/api/webhook-endpoints", { body })),
    onSuccess: (created) => {
      show(created.secret ?? undefined);
      void queries.invalidateQueries({ queryKey: ["webhooks"] });
    },
  });
  const errors = fieldErrors(create.error);
  return (
    <form
      className="details"
      onSubmit={(event) => {
        event.preventDefault();
        const form = new FormData(event.currentTarget);
        create.mutate({
          url: String(form.get("url")),
          description: String(form.get("description") ?? ""),
          event_types: form.getAll("event_types").map(String),
          is_active: true,
        });
      }}
    >
      <Field label={t("webhook.url")} name="url" type="url" dir="ltr" required error={errors.url} />
      <Field label={t("webhook.description")} name="description" dir="auto" error={errors.description} />
      <fieldset className="retry">
        <legend>{t("webhook.events")}</legend>
        {EVENTS.map((type) => (
          <label key={type}>
            <input
              type="checkbox"
              name="event_types"
              value={type}
              defaultChecked={type === "status.changed"}
            />{" "}
            {eventName(t, type)}
          </label>
        ))}
        {errors.event_types && <p className="form-error">{errors.event_types}</p>}
      </fieldset>
      <FormEnd error={create.error} pending={create.isPending}>
        {t("add")}
      </FormEnd>
    </form>
  );
}
