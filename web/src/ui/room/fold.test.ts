import { describe, expect, it } from 'vitest';
import { CHARACTERS, foldAt, LINES } from './fold.svelte';

describe('a long text', () => {
  it('is whole where little more would be hidden', () => {
    for (const text of ['', 'short', 'line\n'.repeat(LINES + 2), 'a '.repeat(CHARACTERS / 2 + 200)])
      expect(foldAt(text)).toBeNull();
  });

  it('is folded after so many lines', () => {
    const text = Array.from({ length: 10_000 }, (_, i) => `line ${i + 1}`).join('\n');
    const shown = text.slice(0, foldAt(text) ?? 0);
    expect(shown.split('\n')).toHaveLength(LINES);
    expect(shown).toMatch(/line 30$/);
    expect(foldAt('\n'.repeat(10_000))).toBe(LINES - 1);
  });

  it('is cut between words, and never inside a link', () => {
    const link = `https://example.com/${'x'.repeat(1900)}`;
    const text = `${'word '.repeat(500)}${link} ${'word '.repeat(1000)}`;
    const cut = foldAt(text) ?? 0;
    expect(text.slice(0, cut)).not.toContain('https://example.com/x');
    expect(text[cut]).toBe(' ');
  });

  it('without a space is cut anyway, though not through a sign of two halves', () => {
    expect(foldAt('a'.repeat(16_384))).toBe(CHARACTERS);
    const cut = foldAt(`a${'😀'.repeat(4000)}`) ?? 0;
    expect(`a${'😀'.repeat(4000)}`.slice(0, cut)).not.toMatch(/[\ud800-\udbff]$/);
  });
});
