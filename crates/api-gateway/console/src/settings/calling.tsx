import { useState } from "react";
import { useTranslation } from "react-i18next";
import { weekday } from "../format";
import { Button } from "../ui/button";
import { Field } from "../ui/field";
import { fieldErrors } from "../ui/problem-text";
import { Scrolled } from "../ui/scrolled";
import { DAYS, type Day, isWholeHours, toDays, toWeek, type Week, type Windows } from "./hours";
import { type Settings, useChangeSettings } from "./use-settings";
import { WithSettings } from "./with-settings";

/** How many calls at once, how often a person is called, and when. */
export function Calling() {
  return <WithSettings form={CallingForm} />;
}

const NUMBERS = [
  { name: "max_outbound", min: 1, max: 100, empty: false },
  { name: "max_total", min: 1, max: 200, empty: false },
  { name: "min_gap_minutes", min: 1, max: 100_000, empty: true },
  { name: "max_calls_per_day", min: 1, max: 100, empty: true },
  { name: "ring_timeout_seconds", min: 5, max: 600, empty: false },
] as const;

function CallingForm({ settings }: { settings: Settings }) {
  const { t } = useTranslation();
  const save = useChangeSettings(settings.version);
  const windows = settings.calling_windows as Windows | null | undefined;
  const [always, setAlways] = useState(!windows);
  const [week, setWeek] = useState<Week>(() => toWeek(windows));
  const [closed, setClosed] = useState<string[]>(windows?.closed ?? []);
  const [redrawn, setRedrawn] = useState(false);
  const errors = fieldErrors(save.error);
  // Half hours are kept as they are unless somebody draws.
  const drawn = !windows || redrawn || isWholeHours(windows);
  const days = drawn ? toDays(week) : (windows as Windows).days;
  return (
    <form
      className="details"
      onSubmit={(event) => {
        event.preventDefault();
        const form = new FormData(event.currentTarget);
        const numbers = NUMBERS.map(({ name }) => [name, form.get(name) ? Number(form.get(name)) : null]);
        const hours = always ? null : { ...windows, days, closed };
        save.mutate({
          ...Object.fromEntries(numbers),
          caller_number: String(form.get("caller_number")).trim() || null,
          calling_windows: hours as Settings["calling_windows"],
        });
      }}
    >
      <Field
        label={t("calling.caller_number")}
        name="caller_number"
        type="tel"
        dir="ltr"
        defaultValue={settings.caller_number ?? ""}
        error={errors.caller_number}
      />
      {NUMBERS.map(({ name, min, max, empty }) => (
        <Field
          key={name}
          label={t(`calling.${name}`)}
          name={name}
          type="number"
          min={min}
          max={max}
          required={!empty}
          defaultValue={settings[name] ?? ""}
          error={errors[name]}
        />
      ))}
      <label>
        <input type="checkbox" checked={always} onChange={(event) => setAlways(event.target.checked)} />{" "}
        {t("calling.always")}
      </label>
      {!always && (
        <>
          {!drawn && <p>{t("calling.half-hours")}</p>}
          <WeekGrid
            week={week}
            change={(changed) => {
              setWeek(changed);
              setRedrawn(true);
            }}
          />
          {["shabbat", "jewish_holidays"].map((rest) => (
            <label key={rest}>
              <input
                type="checkbox"
                checked={closed.includes(rest)}
                onChange={(event) =>
                  setClosed(event.target.checked ? [...closed, rest] : closed.filter((one) => one !== rest))
                }
              />{" "}
              {t(`calling.closed.${rest}`)}
            </label>
          ))}
          {errors.calling_windows && <p className="form-error">{errors.calling_windows}</p>}
        </>
      )}
      <Button type="submit" look="main" pending={save.isPending}>
        {t("save")}
      </Button>
    </form>
  );
}

/** Of a week that begins on Sunday, as ISO 8601 counts. */
const isoDay = (at: number) => (at === 0 ? 7 : at);

/** Seven days of twenty-four hours to switch on and off, by the press of a key or a stroke of the pointer. */
function WeekGrid({ week, change }: { week: Week; change: (week: Week) => void }) {
  const { t } = useTranslation();
  const [paint, setPaint] = useState<boolean>();
  const set = (day: Day, hour: number, open: boolean) =>
    change({ ...week, [day]: week[day].map((was, at) => (at === hour ? open : was)) });
  return (
    <Scrolled name={t("calling.week")} className="hours-scroll">
      <table
        className="hours"
        onPointerUp={() => setPaint(undefined)}
        onPointerLeave={() => setPaint(undefined)}
      >
        <caption className="visually-hidden">{t("calling.week")}</caption>
        <thead>
          <tr>
            <td />
            {week.sun.map((_, hour) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: an hour is its number
              <th key={hour} scope="col">
                {hour}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {DAYS.map((day, at) => (
            <tr key={day}>
              <th scope="row">{weekday(isoDay(at), "short")}</th>
              {week[day].map((open, hour) => (
                // biome-ignore lint/suspicious/noArrayIndexKey: an hour is its number
                <td key={hour}>
                  <button
                    type="button"
                    aria-pressed={open}
                    aria-label={t("calling.hour", { day: weekday(isoDay(at), "long"), hour })}
                    onClick={(event) => event.detail === 0 && set(day, hour, !open)}
                    onPointerDown={(event) => {
                      event.currentTarget.releasePointerCapture(event.pointerId);
                      setPaint(!open);
                      set(day, hour, !open);
                    }}
                    onPointerEnter={() => paint !== undefined && set(day, hour, paint)}
                  />
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </Scrolled>
  );
}
