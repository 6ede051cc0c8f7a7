import { useTranslation } from "react-i18next";
import type { Schemas } from "../api/client";
import { number, percent, weekday } from "../format";
import { Scrolled } from "../ui/scrolled";

type Hour = Schemas["HourView"];

/** Days as people of the country begin their week: Sunday first. ISO 8601 counts Sunday as 7. */
const WEEKDAYS = [7, 1, 2, 3, 4, 5, 6];
/** How often calls are answered at each hour of the week. */
export function HeatMap({ hours }: { hours: Hour[] }) {
  const { t } = useTranslation();
  const at = new Map(hours.map((hour) => [`${hour.weekday} ${hour.hour}`, hour]));
  return (
    <Scrolled name={t("analytics.heat-map-how")} className="hours-scroll">
      <table className="heat">
        <caption>{t("analytics.heat-map-how")}</caption>
        <thead>
          <tr>
            <td />
            {Array.from({ length: 24 }, (_, hour) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: an hour is its number
              <th key={hour} scope="col">
                {hour}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {WEEKDAYS.map((day) => (
            <tr key={day}>
              <th scope="row">{weekday(day, "short")}</th>
              {Array.from({ length: 24 }, (_, hour) => (
                // biome-ignore lint/suspicious/noArrayIndexKey: an hour is its number
                <Cell key={hour} hour={at.get(`${day} ${hour}`)} />
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </Scrolled>
  );
}

function Cell({ hour }: { hour?: Hour }) {
  const { t } = useTranslation();
  if (!hour || hour.calls === 0 || hour.answer_rate == null) return <td className="heat-none" />;
  const told = t("analytics.hour", { rate: percent(hour.answer_rate), calls: number(hour.calls) });
  return (
    <td title={told} style={{ "--heat": String(hour.answer_rate) }}>
      <span className="visually-hidden">{told}</span>
    </td>
  );
}
