// Times and dates in words, by Intl, in the language of the screen and where the reader is.
import { language, words } from './words';

/** Made once a language: a formatter is dear to make and cheap to use. */
function formatter(options: Intl.DateTimeFormatOptions): (at: number) => string {
  let made: Intl.DateTimeFormat | null = null;
  let of = '';
  return (at) => {
    const { locale } = language;
    if (made === null || of !== locale) made = new Intl.DateTimeFormat((of = locale), options);
    return made.format(at);
  };
}
const inYear = { weekday: 'long', day: 'numeric', month: 'long' } as const;
const dayInYear = formatter(inYear);
const dayAndYear = formatter({ ...inYear, year: 'numeric' });

/** 09:12 */
export const timeOf = formatter({ hour: '2-digit', minute: '2-digit' });

/** Tuesday, 24 November 2026 at 09:12, for a tooltip or `title`. */
export const fullTime = formatter({ dateStyle: 'full', timeStyle: 'short' });

/** 1 Dec 2026, 09:12 */
export const shortTime = formatter({ dateStyle: 'medium', timeStyle: 'short' });

/** For `<time datetime>`. */
export const machineTime = (at: number) => new Date(at).toISOString();

/** Today, Yesterday, Tuesday, 24 November; with the year where it is not this one. */
export function dayOf(at: number, now: number): string {
  const days = daysBetween(at, now);
  if (days === 0) return words.timeline.today;
  if (days === 1) return words.timeline.yesterday;
  const sameYear = new Date(at).getFullYear() === new Date(now).getFullYear();
  return sameYear ? dayInYear(at) : dayAndYear(at);
}

/** Midnights between two moments. */
function daysBetween(at: number, now: number): number {
  const midnight = (ms: number) => {
    const day = new Date(ms);
    return Date.UTC(day.getFullYear(), day.getMonth(), day.getDate());
  };
  return Math.round((midnight(now) - midnight(at)) / 86_400_000);
}
