// @vitest-environment jsdom
import { fireEvent, render, screen } from '@testing-library/svelte';
import { tick } from 'svelte';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import type { App, Row } from '../../state/contract';
import ComposerStage from './ComposerStage.test.svelte';
import { clearDrafts, draftOf } from './draft.svelte';

const post = vi.fn();
const edit = vi.fn();
const editLast = vi.fn();
const app = { do: { post, edit, typing: () => {} } } as unknown as App;
const row = { key: 'k7', seq: 7, text: 'as it was', by: { id: 'a', username: 'ada', name: 'Ada' } } as Row;

function write(text: string) {
  const box = screen.getByLabelText<HTMLTextAreaElement>('Message');
  return fireEvent.input(box, { target: { value: text } }).then(() => box);
}

describe('the composer', () => {
  beforeEach(() => {
    vi.stubGlobal('matchMedia', () => ({ matches: false, addEventListener() {}, removeEventListener() {} }));
    vi.stubGlobal('CSS', { supports: () => true });
    for (const mock of [post, edit, editLast]) mock.mockReset();
    clearDrafts();
    render(ComposerStage, { app, draft: draftOf('r'), oneditlast: editLast });
  });

  it('sends with Enter, breaks the line with Shift Enter, and leaves half-composed words alone', async () => {
    const box = await write('hello');
    await fireEvent.keyDown(box, { key: 'Enter', shiftKey: true });
    await fireEvent.keyDown(box, { key: 'Enter', isComposing: true });
    expect(post).not.toHaveBeenCalled();
    await fireEvent.keyDown(box, { key: 'Enter' });
    expect(post).toHaveBeenCalledExactlyOnceWith('hello', undefined);
    expect(box.value).toBe('');
  });

  it('sends nothing that is blank or too long, and says how much too long', async () => {
    const box = await write('  \n ');
    await fireEvent.keyDown(box, { key: 'Enter' });
    await write('a'.repeat(16 * 1024 + 3));
    await fireEvent.keyDown(box, { key: 'Enter' });
    expect(post).not.toHaveBeenCalled();
    expect(screen.getByText('3 bytes too long')).toBeTruthy();
  });

  it('answers a message until Escape', async () => {
    draftOf('r').reply = row;
    const box = await write('yes');
    await fireEvent.keyDown(box, { key: 'Enter' });
    expect(post).toHaveBeenCalledExactlyOnceWith('yes', 7);
    draftOf('r').reply = row;
    await fireEvent.keyDown(box, { key: 'Escape' });
    expect(draftOf('r').reply).toBeNull();
  });

  it('edits the last message with ↑ when empty, and keeps what was being written aside', async () => {
    const box = await write('');
    await fireEvent.keyDown(box, { key: 'ArrowUp' });
    expect(editLast).toHaveBeenCalledOnce();
    await write('half a thought');
    draftOf('r').edit(row);
    await tick();
    await write('as it should be');
    await fireEvent.keyDown(box, { key: 'Enter' });
    expect(edit).toHaveBeenCalledExactlyOnceWith('k7', 'as it should be');
    expect(draftOf('r').text).toBe('half a thought');
  });
});
