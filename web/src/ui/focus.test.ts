// @vitest-environment jsdom
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { keepFocus } from './focus';

/** Mutations are told in a microtask of their own. */
const told = () => new Promise<void>((done) => queueMicrotask(done));
const by = (id: string) => document.getElementById(id) as HTMLElement;

describe('the focus', () => {
  let stop: () => void;
  beforeEach(() => {
    document.body.replaceChildren();
    const page = new DOMParser().parseFromString(
      `<h1 id="title" tabindex="-1" data-route-heading>general</h1>
       <article id="post" tabindex="-1"><div id="tools"><button id="reply">Reply</button></div></article>
       <dialog id="dialog" open><button id="close">Close</button><ul><li id="item"><button id="end">End</button></li></ul></dialog>`,
      'text/html',
    );
    document.body.append(...page.body.childNodes);
    stop = keepFocus();
  });
  afterEach(() => stop());

  it('goes to what is around it when what has it leaves', async () => {
    by('reply').focus();
    by('tools').remove();
    await told();
    expect(document.activeElement?.id).toBe('post');
    by('post').remove();
    await told();
    expect(document.activeElement?.id).toBe('title');
  });

  it('stays within a dialog', async () => {
    by('end').focus();
    by('item').remove();
    await told();
    expect(document.activeElement?.id).toBe('close');
  });

  it('is left alone where it has been moved on, or was given up', async () => {
    by('reply').focus();
    by('tools').remove();
    by('close').focus();
    await told();
    expect(document.activeElement?.id).toBe('close');
    by('close').blur();
    by('item').remove();
    await told();
    expect(document.activeElement).toBe(document.body);
  });
});
