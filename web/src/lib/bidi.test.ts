import { describe, expect, it } from 'vitest';
import { isolate } from './bidi';

describe('a text as a guest in a sentence', () => {
  it('stays as it is where it reads the way the sentence does', () => {
    for (const text of ['Ada', 'Łukasz', '李小龙', 'D’Arcy 2', '👩‍🚀', '']) expect(isolate(text)).toBe(text);
  });

  it('is isolated where it reads from right to left', () => {
    expect(isolate('עדה')).toBe('\u2068עדה\u2069');
    expect(isolate('آدا 2')).toBe('\u2068آدا 2\u2069');
  });

  it('takes no controls along that would reach beyond it, and is isolated once', () => {
    expect(isolate('evil\u202eexe')).toBe('\u2068evilexe\u2069');
    expect(isolate('out\u2069side')).toBe('\u2068outside\u2069');
    expect(isolate(isolate('עדה'))).toBe(isolate('עדה'));
  });
});
