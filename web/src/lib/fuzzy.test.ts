import { describe, expect, it } from 'vitest';
import { ranked, score } from './fuzzy';

const find = (q: string, ...names: string[]) => ranked(q, names, (name) => [name]);

describe('finding by a few letters', () => {
  it('puts the whole before the beginning, a word’s beginning before its middle', () => {
    expect(find('eng', 'strength', 'web engines', 'engineering', 'eng')).toEqual([
      'eng',
      'engineering',
      'web engines',
      'strength',
    ]);
  });

  it('takes letters in order, at the beginnings of words', () => {
    expect(find('gh', 'Grace Hopper', 'Ada Lovelace')).toEqual(['Grace Hopper']);
    expect(find('xyz', 'Grace Hopper')).toEqual([]);
    expect(score('grh', 'Grace Hopper')).not.toBeNull();
  });

  it('finds accents by bare letters, and every script', () => {
    expect(find('jose', 'José')).toEqual(['José']);
    expect(find('日本', '日本語')).toEqual(['日本語']);
    expect(find('ЖУР', 'журнал')).toEqual(['журнал']);
  });

  it('keeps the given order without a query and between equals', () => {
    expect(find('', 'b', 'a')).toEqual(['b', 'a']);
    expect(find('ad', 'adb', 'ada')).toEqual(['adb', 'ada']);
  });
});
