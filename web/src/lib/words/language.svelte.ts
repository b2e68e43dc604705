// Which language the page speaks: the reader's choice, kept on this device, or the first of the browser's languages that
// we have. English is in the first load; any other comes as a chunk of its own, before anything is drawn.
import { en, type Words } from './en';

export type Choice = 'system' | Language;
export type Language = 'en' | 'de';

/** What a language calls itself. */
export const languageNames: Record<Language, string> = { en: 'English', de: 'Deutsch' };
export const choices: readonly Choice[] = ['system', 'en', 'de'];

const KEY = 'parlor.language';
const load: Record<Language, () => Promise<Words>> = {
  en: () => Promise.resolve(en),
  de: () => import('./de').then((module) => module.de),
};

/** The first of the wanted languages (BCP 47) that we have, else English. */
export function pickLanguage(wanted: readonly string[]): Language {
  const primary = wanted.map((tag) => tag.toLowerCase().split('-')[0] ?? '');
  return primary.find((tag): tag is Language => Object.hasOwn(load, tag)) ?? 'en';
}

/** How the reader writes times and numbers in our language: en-GB where that is theirs, en-DE for English in Germany. */
export function pickLocale(language: Language, wanted: readonly string[]): string {
  const own = wanted.find((tag) => tag.toLowerCase().split('-')[0] === language);
  const region = /-([a-z]{2})\b/i.exec(own ?? wanted[0] ?? '')?.[1];
  return own ?? (region ? `${language}-${region.toUpperCase()}` : language);
}

const wanted = () => (typeof navigator === 'undefined' ? [] : navigator.languages);

function stored(): Choice {
  try {
    const kept = localStorage.getItem(KEY);
    return choices.find((choice) => choice === kept) ?? 'system';
  } catch {
    return 'system'; // storage may be forbidden; then the browser decides
  }
}

function keep(choice: Choice): void {
  try {
    if (choice === 'system') localStorage.removeItem(KEY);
    else localStorage.setItem(KEY, choice);
  } catch {
    // for this visit only, then
  }
}

let chosen = $state<Choice>('system');
let spoken = $state.raw<{ language: Language; words: Words }>({ language: 'en', words: en });
let asked = 0;

/** Speaks a choice. False: its words could not be fetched, and nothing changed. */
async function speak(choice: Choice): Promise<boolean> {
  const turn = ++asked;
  const next = choice === 'system' ? pickLanguage(wanted()) : choice;
  try {
    const words = await load[next]();
    if (turn !== asked) return true; // a newer choice has taken over
    spoken = { language: next, words };
    chosen = choice;
  } catch {
    return false;
  }
  if (typeof document !== 'undefined') document.documentElement.lang = next;
  return true;
}

/** The words of now. Read in a template or `$derived`, it is followed. */
export const currentWords = (): Words => spoken.words;

export const language = {
  get chosen(): Choice {
    return chosen;
  },
  /** For `<html lang>`. */
  get spoken(): Language {
    return spoken.language;
  },
  /** For `Intl`. */
  get locale(): string {
    return pickLocale(spoken.language, wanted());
  },
  /** False: it could not be fetched, and the page goes on as it was. */
  async choose(choice: Choice): Promise<boolean> {
    const done = await speak(choice);
    if (done) keep(choice);
    return done;
  },
  /** Call once, before the first paint. A language that cannot be fetched gives way to English. */
  async start(): Promise<void> {
    addEventListener('languagechange', () => {
      if (chosen === 'system') void speak('system');
    });
    if (!(await speak(stored()))) document.documentElement.lang = 'en';
  },
};
