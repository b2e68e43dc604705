import { describe, expect, it } from 'vitest';
import { askedAt, completed } from './completion';

const asked = (text: string) => {
  const found = askedAt(text, text.length);
  return found && `${found.sign} ${found.query}`;
};

describe('what is being named', () => {
  it('is a person after @, a room after #, an emoji after a colon and two letters', () => {
    expect(asked('@')).toBe('@ ');
    expect(asked('hello @gra')).toBe('@ gra');
    expect(asked('(@gra')).toBe('@ gra');
    expect(asked('see #')).toBe('# ');
    expect(asked('see #büro-2')).toBe('# büro-2');
    expect(asked('well :par')).toBe(': par');
  });

  it('is nothing inside an address, a time, a smile or after a space', () => {
    for (const text of [
      'ada@example',
      'at 10:30',
      ':)',
      ':D',
      ':',
      'c#',
      '@ada ',
      'x',
      '',
      'https://x:ab/#a@',
    ]) {
      expect(asked(text), text).toBeNull();
    }
  });

  it('gives way to the choice, with one space after it', () => {
    const found = askedAt('hello @gr, you', 9);
    expect(found && completed('hello @gr, you', found, 9, '@grace')).toEqual({
      text: 'hello @grace , you',
      caret: 13,
    });
    const end = askedAt('#de', 3);
    expect(end && completed('#de', end, 3, '#design')).toEqual({ text: '#design ', caret: 8 });
    const before = askedAt('@gr now', 3);
    expect(before && completed('@gr now', before, 3, '@grace')).toEqual({ text: '@grace now', caret: 7 });
  });
});
