import { describe, expect, it } from 'vitest';
import { isEmojiOnly } from './emoji';
import { bytesOf, clean, NEAR_BYTES, TEXT_BYTES } from './length';

describe('the length of a message', () => {
  it('is counted in bytes of UTF-8 where it is near the limit', () => {
    expect(bytesOf('é'.repeat(TEXT_BYTES / 2))).toBe(TEXT_BYTES);
    expect(bytesOf('😀'.repeat(4096))).toBe(TEXT_BYTES);
    expect(bytesOf('a'.repeat(TEXT_BYTES + 1))).toBe(TEXT_BYTES + 1);
  });

  it('is never said to be far from the limit when it is near', () => {
    expect(bytesOf('世'.repeat(Math.ceil(NEAR_BYTES / 3)))).toBeGreaterThanOrEqual(NEAR_BYTES);
  });
});

describe('what is sent', () => {
  it('carries no control characters but tab and newline', () => {
    expect(clean('a\r\nb\rc\td\u0000\u0007\u009f')).toBe('a\nb\nc\td');
  });

  it('is shown large when it is nothing but a few emoji', () => {
    for (const text of ['☕', '👍🏽', '🎉🎉 🎉', '👩‍🚀', '🇩🇪', '❤️']) expect(isEmojiOnly(text), text).toBe(true);
    for (const text of ['', 'ok', '👍 ok', '1', '🎉🎉🎉🎉']) expect(isEmojiOnly(text), text).toBe(false);
  });
});
