import { describe, expect, test } from 'vitest';
import { parseText, type TextNode } from './text';

const shown = (nodes: TextNode[]) => nodes.map((n) => (n.type === 'break' ? '\n' : n.text)).join('');
const links = (text: string) => parseText(text).flatMap((n) => (n.type === 'link' ? [n.href] : []));
const mentions = (text: string) => parseText(text).flatMap((n) => (n.type === 'mention' ? [n.username] : []));

describe('text', () => {
  test('stays text, whatever it looks like', () => {
    for (const evil of [
      '<script>alert(1)</script>',
      '<img src=x onerror=alert(1)>',
      'javascript:alert(1)',
      'JaVaScRiPt:alert(1)//http://x',
      'data:text/html,<b>x',
      'vbscript:x',
      '[click](javascript:alert(1))',
      '&lt;b&gt; &#x41;',
      'file:///etc/passwd',
    ]) {
      const nodes = parseText(evil);
      expect(shown(nodes)).toBe(evil);
      for (const href of links(evil)) expect(href).toMatch(/^(https?:|mailto:)/);
    }
    expect(links('javascript:alert(1)')).toEqual([]);
  });

  test('loses no character', () => {
    for (const text of [
      '',
      '\n',
      'a\n\nb\n',
      '@',
      '@@ada.',
      'https://',
      'http://[',
      'é👩‍👩‍👧 @ada',
      '\u202eabc',
    ]) {
      expect(shown(parseText(text))).toBe(text);
    }
  });

  test('breaks lines where they were broken', () => {
    expect(parseText('a\n\nb').map((n) => n.type)).toEqual(['text', 'break', 'break', 'text']);
  });

  test('ten thousand line breaks and 16 KiB without a space are quick', () => {
    const start = performance.now();
    expect(parseText('\n'.repeat(10_000))).toHaveLength(10_000);
    parseText('x'.repeat(16_384));
    parseText('https://a.example/' + ')'.repeat(16_000));
    parseText('@'.repeat(16_384));
    parseText('mailto:'.repeat(2_340));
    parseText('http://'.repeat(2_340));
    expect(performance.now() - start).toBeLessThan(1000);
  });
});

describe('links', () => {
  test('end where the sentence goes on', () => {
    expect(links('see https://a.example/x.')).toEqual(['https://a.example/x']);
    expect(links('(https://a.example/x)')).toEqual(['https://a.example/x']);
    expect(links('https://a.example/x_(y)')).toEqual(['https://a.example/x_(y)']);
    expect(links('"https://a.example", he said')).toEqual(['https://a.example/']);
    expect(links('mailto:ada@a.example!')).toEqual(['mailto:ada@a.example']);
  });

  test('need their scheme, and nothing glued before it', () => {
    expect(links('www.a.example a.example xhttps://a.example')).toEqual([]);
  });

  test('that hide who they lead to are named, or no links', () => {
    expect(links('https://bank.example@evil.example/')).toEqual([]);
    expect(links('mailto:nobody')).toEqual([]);
    const [node] = parseText('https://аpple.example/');
    expect(node).toMatchObject({ type: 'link', host: 'xn--pple-43d.example' });
    expect(parseText('https://A.example')[0]).toMatchObject({ host: null });
  });

  test('stop at characters that turn the reading direction', () => {
    expect(links('https://a.example/\u202egpj.exe')).toEqual(['https://a.example/']);
  });
});

describe('mentions', () => {
  test('follow the rule of the wire', () => {
    expect(mentions('@ada, @Grace. (@linus-o) @a_b.')).toEqual(['ada', 'grace', 'linus-o', 'a_b']);
    expect(mentions('mail@ada x.@ada é@ada 1@ada -@ada')).toEqual([]);
    expect(mentions('@@ada')).toEqual(['ada']);
    expect(mentions('@... @')).toEqual([]);
  });

  test('are only those that the message names', () => {
    const nodes = parseText('@ada @nobody', (name) => name === 'ada');
    expect(nodes.filter((n) => n.type === 'mention')).toHaveLength(1);
    expect(shown(nodes)).toBe('@ada @nobody');
  });
});
