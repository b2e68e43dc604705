// Times and dates in words, by Intl, in the language of the screen and where the reader is.
import { language, words } from './words';

/** The reader's own variant of our language (en-GB, en-US) where it is one, for its way to write a time. */
function locale(): string {
  const own = typeof navigator === 'undefined' ? undefined : navigator.language;
  return own?.toLowerCase().startsWith(language) ? own : language;
}

const formats = new Map<string, Intl.DateTimeFormat>();
function format(options: Intl.DateTimeFormatOptions, at: number): string {
  const key = JSON.stringify(options);
  let made = formats.get(key);
  if (!made) formats.set(key, (made = new Intl.DateTimeFormat(locale(), options)));
  return made.format(at);
}

/** 09:12 */
export const timeOf = (at: number) => format({ hour: '2-digit', minute: '2-digit' }, at);

/** Tuesday, 24 November 2026 at 09:12, for a tooltip or `title`. */
export const fullTime = (at: number) => format({ dateStyle: 'full', timeStyle: 'short' }, at);

/** For `<time datetime>`. */
export const machineTime = (at: number) => new Date(at).toISOString();

/** Today, Yesterday, Tuesday, 24 November; with the year where it is not this one. */
export function dayOf(at: number, now: number): string {
  const days = daysBetween(at, now);
  if (days === 0) return words.timeline.today;
  if (days === 1) return words.timeline.yesterday;
  const sameYear = new Date(at).getFullYear() === new Date(now).getFullYear();
  const year = sameYear ? {} : ({ year: 'numeric' } as const);
  return format({ weekday: 'long', day: 'numeric', month: 'long', ...year }, at);
}

/** Midnights between two moments. */
function daysBetween(at: number, now: number): number {
  const midnight = (ms: number) => {
    const day = new Date(ms);
    return Date.UTC(day.getFullYear(), day.getMonth(), day.getDate());
  };
  return Math.round((midnight(now) - midnight(at)) / 86_400_000);
}
