// What every language needs to speak of numbers and of several people, by Intl.

export interface Plural {
  one: string;
  other: string;
}

/** The forms of a language (BCP 47). */
export function formsOf(language: string) {
  const rules = new Intl.PluralRules(language);
  const lists = new Intl.ListFormat(language, { type: 'conjunction' });
  const numbers = new Intl.NumberFormat(language);
  const number = (n: number) => numbers.format(n);
  const plural = (n: number, forms: Plural) => (rules.select(n) === 'one' ? forms.one : forms.other);
  return {
    /** 12,345 */
    number,
    /** The right one of two forms, without the number. */
    plural,
    /** 3 messages */
    many: (n: number, one: string, other: string) => `${number(n)} ${plural(n, { one, other })}`,
    /** Ada, Grace and Linus */
    list: (names: readonly string[]) => lists.format(names),
  };
}

/** Counts stop at 100, which means 100 or more. */
export const capped = (n: number) => (n >= 100 ? '99+' : String(n));
