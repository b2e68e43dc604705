import { expect, test } from 'vitest';
import type { Member } from '../../state/contract';
import { sorted } from './roster.svelte';

const member = (name: string, id = name): Member => ({
  user: { id, username: id, name, role: 'member' },
  role: 'member',
});

test('people stand as people look for them: accents beside their letter, 2 before 10', () => {
  const members = ['zoë', 'Émilie', 'eve', 'Bot 10', 'Bot 2', 'Zoe'].map((name) => member(name));
  expect(sorted(members).map(({ user }) => user.name)).toEqual([
    'Bot 2',
    'Bot 10',
    'Émilie',
    'eve',
    'Zoe',
    'zoë',
  ]);
});

test('two of one name stand in the same order always', () => {
  const twins = [member('Ada', 'b'), member('Ada', 'a')];
  expect(sorted(twins).map(({ user }) => user.id)).toEqual(['a', 'b']);
  expect(sorted([...twins].reverse()).map(({ user }) => user.id)).toEqual(['a', 'b']);
});
