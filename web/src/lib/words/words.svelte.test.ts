// @vitest-environment jsdom
import { flushSync } from 'svelte';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { faultWords, language, words } from '../words';
import { timeOf } from '../time';
import types from '../../protocol.gen.ts?raw';
import { de } from './de';
import { en } from './en';
import { pickLanguage, pickLocale } from './language.svelte';

/** The codes of the wire, as the types that are made from the server's own list have them. */
function codesOfTheWire(): string[] {
  const union = /export type Code =([^;]+);/.exec(types)?.[1] ?? '';
  return [...union.matchAll(/'(\w+)'/g)].map((match) => match[1] ?? '');
}

/** Every word of a language with its path; a sentence with parts is said with stand-ins. */
function leaves(part: object, path = ''): [string, string][] {
  return Object.entries(part).flatMap(([key, word]): [string, string][] => {
    const here = `${path}.${key}`;
    if (typeof word === 'string') return [[here, word]];
    return typeof word === 'object' ? leaves(word as object, here) : [];
  });
}

describe('the words', () => {
  it.each([
    ['en', en],
    ['de', de],
  ])('have a sentence for every refusal of the server, in %s', (_, { faults }) => {
    const codes = codesOfTheWire();
    expect(codes.length).toBeGreaterThan(40);
    const said: Record<string, string> = faults;
    for (const code of codes) expect(said[code], code).toMatch(/[.]$/);
  });

  it('are German in German: nothing longer was left in English', () => {
    const english = new Map(leaves(en));
    const same = leaves(de).filter(([path, word]) => english.get(path) === word && word.includes(' '));
    expect(same).toEqual([]);
    for (const [path, word] of leaves(de)) expect(word, path).not.toMatch(/["']|\bSie\b|\bIhr\b(?! )/);
  });

  it('count by the rules of their language', () => {
    expect(en.dialogs.members(1)).toBe('1 member');
    expect(en.dialogs.members(1200)).toBe('1,200 members');
    expect(de.dialogs.members(1)).toBe('1 Mitglied');
    expect(de.dialogs.members(1200)).toBe('1.200 Mitglieder');
    expect(de.list(['Ada', 'Grace', 'Linus'])).toBe('Ada, Grace und Linus');
    expect(en.list(['Ada', 'Grace', 'Linus'])).toBe('Ada, Grace and Linus');
  });

  it('keep a sentence the right way round, whoever is named in it', () => {
    const [isolate, pop, override] = [0x2068, 0x2069, 0x202e].map((code) => String.fromCodePoint(code));
    expect(words.composer.typing(['עדה'])).toBe(`${isolate}עדה${pop} is typing…`);
    expect(words.composer.typing(['Ada', 'Linus'])).toBe('Ada and Linus are typing…');
    expect(words.room.gone(`a${override}b`)).toBe(`You are no longer in ${isolate}ab${pop}`);
  });

  it('fall back on what the server said where a code is new', () => {
    expect(faultWords({ code: 'brand_new', message: 'The moon is full.' })).toBe('The moon is full.');
    expect(faultWords({ code: 'toString', message: '' })).toBe(en.faults.internal);
  });
});

describe('the language', () => {
  afterEach(async () => {
    vi.unstubAllGlobals();
    await language.choose('system');
    localStorage.clear();
  });

  it('is the first of the reader’s that we have, in the reader’s way to write', () => {
    expect(pickLanguage(['fr-FR', 'de-AT', 'en'])).toBe('de');
    expect(pickLanguage(['fr', 'tlh'])).toBe('en');
    expect(pickLanguage(['toString'])).toBe('en');
    expect(pickLocale('en', ['de-DE', 'en-GB'])).toBe('en-GB');
    expect(pickLocale('en', ['de-DE'])).toBe('en-DE');
    expect(pickLocale('de', [])).toBe('de');
  });

  it('changes what is on the screen at once, is kept, and says so on the root', async () => {
    const w = words.sidebar;
    const shown: string[] = [];
    const stop = $effect.root(() => {
      $effect(() => void shown.push(w.signOut));
    });
    flushSync();
    expect(await language.choose('de')).toBe(true);
    flushSync();
    expect(shown).toEqual(['Sign out', 'Abmelden']);
    expect(document.documentElement.lang).toBe('de');
    expect(localStorage.getItem('parlor.language')).toBe('de');
    expect(timeOf(Date.UTC(2026, 0, 5, 15))).toMatch(/^\d\d:00$/);
    await language.choose('system');
    flushSync();
    expect(shown.at(-1)).toBe('Sign out');
    expect(localStorage.getItem('parlor.language')).toBeNull();
    stop();
  });
});
