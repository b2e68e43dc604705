import { expect, test } from 'vitest';
import { newPassword } from './secret';

test('a password is four groups of four, none like another', () => {
  const made = Array.from({ length: 50 }, () => newPassword());
  for (const password of made)
    expect(password).toMatch(/^([b-df-hj-km-np-tv-xz2-9]{4}-){3}[b-df-hj-km-np-tv-xz2-9]{4}$/);
  expect(new Set(made).size).toBe(50);
});

test('a byte that would favour some signs is drawn again', () => {
  const bytes = [255, 250, 0];
  const password = newPassword((into) => into.set([bytes.shift() ?? 26]));
  expect(password).toBe('b999-9999-9999-9999');
});
