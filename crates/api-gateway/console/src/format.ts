import { language } from "./i18n";

const MINUTE = 60;
const UNITS: [Intl.RelativeTimeFormatUnit, number][] = [
  ["day", 24 * 60 * MINUTE],
  ["hour", 60 * MINUTE],
  ["minute", MINUTE],
];

/** "5 minutes ago", "yesterday"; a date where it is longer than a week ago. */
export function ago(at: string, now = Date.now()): string {
  const seconds = (new Date(at).getTime() - now) / 1000;
  if (Math.abs(seconds) > 7 * 24 * 60 * MINUTE) return day(at);
  const words = new Intl.RelativeTimeFormat(language(), { numeric: "auto" });
  const [unit, length] = UNITS.find(([, length]) => Math.abs(seconds) >= length) ?? ["minute", MINUTE];
  return words.format(Math.round(seconds / length), unit);
}

/** A date. */
export function day(at: string): string {
  return new Intl.DateTimeFormat(language(), { dateStyle: "medium" }).format(new Date(at));
}

/** A day of this year, without the year: the labels of a chart. */
export function shortDay(at: string): string {
  return new Intl.DateTimeFormat(language(), { day: "numeric", month: "short" }).format(new Date(at));
}

/** A date with its time. */
export function moment(at: string): string {
  return new Intl.DateTimeFormat(language(), { dateStyle: "medium", timeStyle: "short" }).format(
    new Date(at),
  );
}

/** A time of day. */
export function clock(at: Date): string {
  return new Intl.DateTimeFormat(language(), { timeStyle: "short" }).format(at);
}

/** "2:05", "1:02:05". */
export function duration(seconds: number): string {
  const two = (part: number) => String(Math.floor(part)).padStart(2, "0");
  const [hours, minutes, rest] = [Math.floor(seconds / 3600), (seconds / 60) % 60, two(seconds % 60)];
  return hours > 0 ? `${hours}:${two(minutes)}:${rest}` : `${Math.floor(minutes)}:${rest}`;
}

export function number(value: number): string {
  return new Intl.NumberFormat(language()).format(value);
}

export function percent(share: number): string {
  return new Intl.NumberFormat(language(), { style: "percent" }).format(share);
}

/** How numbers of a country are grouped, after its code: mobiles and London in the United Kingdom, then its other places. */
const GROUPED: [RegExp, string][] = [
  [/^\+972(\d{1,2})(\d{3})(\d{4})$/, "0$1-$2-$3"],
  [/^\+44(7\d{3})(\d{6})$/, "+44 $1 $2"],
  [/^\+44(2\d)(\d{4})(\d{4})$/, "+44 $1 $2 $3"],
  [/^\+44(\d{3})(\d{3})(\d{4})$/, "+44 $1 $2 $3"],
  [/^\+1(\d{3})(\d{3})(\d{4})$/, "+1 $1-$2-$3"],
];

/** As people write it: an Israeli number in its local form, others in groups where they are known. */
export function phone(e164: string): string {
  const found = GROUPED.find(([pattern]) => pattern.test(e164));
  return found ? e164.replace(found[0], found[1]) : e164;
}

/** A Monday, to name the days of the week by. */
const MONDAY = Date.UTC(2026, 0, 5);
const DAY_MILLISECONDS = 86_400_000;

/** The name of a weekday, 1 for Monday to 7 for Sunday (ISO 8601). */
export function weekday(iso: number, width: "short" | "long"): string {
  const name = new Intl.DateTimeFormat(language(), { weekday: width, timeZone: "UTC" });
  return name.format(new Date(MONDAY + (iso - 1) * DAY_MILLISECONDS));
}

/** A summary without the recommendation at its end, which is for the engine; people see the status itself. */
export function withoutTag(summary: string): string {
  return summary.replace(/\s*\[(?:המלצה|Recommendation):[^\]]*\]\s*$/u, "");
}
