// Slack's date tokens ({time}, {date_short_pretty}, {ago}, …) in the browser's language and time zone.

/** Replaces every token of the format; tokens Slack does not have stay as they are written. */
export function formatSlackDate(format: string, date: Date, now: Date): string {
  return format.replace(/\{(\w+)\}/g, (token, name: string) => tokenOf(name, date, now) ?? token);
}

/** The time of day as the person's language writes it, for example 10:32 AM or 10:32. */
export function timeOfDay(date: Date): string {
  return write(date, { hour: "numeric", minute: "2-digit" });
}

/** Today, Yesterday, or the day written out. */
export function dayName(date: Date, now: Date): string {
  const day =
    nearby(date, now) ??
    write(date, {
      weekday: "long",
      month: "long",
      day: "numeric",
      ...(date.getFullYear() === now.getFullYear() ? {} : { year: "numeric" }),
    });
  return day.charAt(0).toUpperCase() + day.slice(1);
}

/** Slack's message id, seconds with six decimals, as a date. */
export function dateOfTs(ts: string): Date {
  return new Date(Number(ts) * 1000);
}

function tokenOf(name: string, date: Date, now: Date): string | undefined {
  switch (name) {
    case "time":
      return timeOfDay(date);
    case "time_secs":
      return write(date, { hour: "numeric", minute: "2-digit", second: "2-digit" });
    case "date_num":
      return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
    case "date_slash":
      return `${two(date.getMonth() + 1)}/${two(date.getDate())}/${date.getFullYear()}`;
    case "date":
      return write(date, { month: "long", day: "numeric" });
    case "date_long_full":
      return write(date, { month: "long", day: "numeric", year: "numeric" });
    case "date_long":
      return write(date, { weekday: "long", month: "long", day: "numeric", year: "numeric" });
    case "date_short":
      return write(date, { month: "short", day: "numeric", year: "numeric" });
    case "date_pretty":
      return nearby(date, now) ?? tokenOf("date", date, now);
    case "date_long_pretty":
      return nearby(date, now) ?? tokenOf("date_long", date, now);
    case "date_short_pretty":
      return nearby(date, now) ?? tokenOf("date_short", date, now);
    case "day_divider_pretty":
      return nearby(date, now) ?? dayName(date, now);
    case "ago":
      return ago(date, now);
    default:
      return undefined;
  }
}

function write(date: Date, options: Intl.DateTimeFormatOptions): string {
  return new Intl.DateTimeFormat(undefined, options).format(date);
}

function nearby(date: Date, now: Date): string | undefined {
  // From noon to noon, so that a day of 23 or 25 hours still counts as one.
  const noon = (moment: Date) =>
    new Date(moment.getFullYear(), moment.getMonth(), moment.getDate(), 12).getTime();
  const days = Math.round((noon(date) - noon(now)) / 86_400_000);
  return { "-1": "yesterday", "0": "today", "1": "tomorrow" }[String(days)];
}

function ago(date: Date, now: Date): string {
  const seconds = Math.round((date.getTime() - now.getTime()) / 1000);
  const units: [Intl.RelativeTimeFormatUnit, number][] = [
    ["day", 86_400],
    ["hour", 3_600],
    ["minute", 60],
  ];
  const [unit, length] = units.find(([, size]) => Math.abs(seconds) >= size) ?? ["second", 1];
  return new Intl.RelativeTimeFormat(undefined, { numeric: "auto" }).format(
    Math.trunc(seconds / length),
    unit,
  );
}

function two(number: number): string {
  return String(number).padStart(2, "0");
}
