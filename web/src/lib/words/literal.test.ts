// No component carries words of its own: what a person can read or hear comes from the words, or it is missing in every
// language but one.
import { parse, type AST } from 'svelte/compiler';
import { describe, expect, it } from 'vitest';

const sources: Record<string, string> = import.meta.glob('../../**/*.svelte', {
  query: '?raw',
  import: 'default',
  eager: true,
});
/** Attributes that are read out or shown. */
const SPOKEN =
  /^(?:alt|label|placeholder|title|content|aria-(?:label|description|placeholder|roledescription|valuetext))$/;
/** Two letters in a row are a word; a unit, an arrow or a separator is not. */
const WORD = /\p{L}{2}/u;

type Node = { type: string; [key: string]: unknown };
const isNode = (value: unknown): value is Node =>
  typeof value === 'object' && value !== null && typeof (value as Node).type === 'string';

/** Texts that a template shows as they stand there: between tags, in spoken attributes, and as strings in either. */
function literals(node: unknown, shown: boolean, found: string[] = []): string[] {
  if (Array.isArray(node)) {
    for (const each of node) literals(each, shown, found);
  } else if (isNode(node)) {
    if (node.type === 'Text' && shown && WORD.test(String(node.data))) found.push(String(node.data).trim());
    if (node.type === 'Literal' && shown && typeof node.value === 'string' && WORD.test(node.value)) {
      found.push(node.value);
    }
    if (node.type === 'TemplateElement' && shown && WORD.test((node.value as { raw: string }).raw)) {
      found.push((node.value as { raw: string }).raw);
    }
    for (const [key, child] of Object.entries(node)) {
      if (key !== 'type') literals(child, shownWithin(node, key, shown), found);
    }
  }
  return found;
}

function shownWithin(node: Node, key: string, shown: boolean): boolean {
  if (node.type === 'Fragment') return true;
  if (node.type === 'Attribute') return SPOKEN.test(String(node.name));
  if (node.type === 'ExpressionTag') return shown;
  // What is compared or looked up is not shown; of a choice, the ends are.
  if (node.type === 'ConditionalExpression') return shown && key !== 'test';
  if (node.type === 'LogicalExpression') return shown && key === 'right';
  if (node.type === 'TemplateLiteral') return shown && key === 'quasis';
  return ['RegularElement', 'Component', 'Fragment', 'SvelteHead', 'TitleElement'].includes(node.type)
    ? key === 'fragment'
    : false;
}

function wordsIn(source: string): string[] {
  const { fragment }: AST.Root = parse(source, { modern: true });
  return literals(fragment, true);
}

describe('words in components', () => {
  it('are found where there are some', () => {
    expect(wordsIn('<p>Hello there</p>')).toEqual(['Hello there']);
    expect(wordsIn('<button aria-label="Close it">×</button>')).toEqual(['Close it']);
    expect(wordsIn("{#if a}<p>{b ? 'yes please' : w.no}</p>{/if}")).toEqual(['yes please']);
    expect(wordsIn('<i title={`of ${n} people`}></i>')).toEqual(['of ', ' people']);
    expect(wordsIn("<p class=\"box\" data-state={a === 'live' ? 'on' : 'off'}>{w.x} · {n}</p>")).toEqual([]);
  });

  const files = Object.entries(sources).filter(([name]) => !name.includes('.test.'));
  it('are in no component', () => {
    expect(files.length).toBeGreaterThan(40);
    const found = files.flatMap(([name, source]) => wordsIn(source).map((text) => `${name}: ${text}`));
    expect(found).toEqual([]);
  });
});
