export const DAYS = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"] as const;
export type Day = (typeof DAYS)[number];
type Span = [string, string];
export interface Windows {
  days: Partial<Record<Day, Span[]>>;
  closed_dates?: string[];
  closed?: string[];
}

/** The open hours of each day, one flag an hour. */
export type Week = Record<Day, boolean[]>;
const HOURS = 24;

function hour(text: string): number {
  const [hours = 0, minutes = 0] = text.split(":").map(Number);
  return hours + minutes / 60;
}

function text(hour: number): string {
  return `${String(hour).padStart(2, "0")}:00`;
}

/** Whether a week can be drawn in whole hours without losing anything. */
export function isWholeHours(windows: Windows): boolean {
  return Object.values(windows.days)
    .flat(2)
    .every((at) => at.endsWith(":00"));
}

export function toWeek(windows: Windows | null | undefined): Week {
  const open = (day: Day) =>
    Array.from({ length: HOURS }, (_, at) =>
      windows ? (windows.days[day] ?? []).some(([from, to]) => hour(from) <= at && at < hour(to)) : true,
    );
  return Object.fromEntries(DAYS.map((day) => [day, open(day)])) as Week;
}

export function toDays(week: Week): Windows["days"] {
  const days: Windows["days"] = {};
  for (const day of DAYS) {
    const spans: Span[] = [];
    let from: number | undefined;
    for (let at = 0; at <= HOURS; at += 1) {
      const open = week[day][at] ?? false;
      if (open && from === undefined) from = at;
      if (!open && from !== undefined) {
        spans.push([text(from), text(at)]);
        from = undefined;
      }
    }
    if (spans.length > 0) days[day] = spans;
  }
  return days;
}
