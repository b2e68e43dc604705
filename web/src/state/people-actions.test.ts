import { expect, test } from 'vitest';
import { fault, type Http } from '../net/http';
import type { Conversation } from './conversation';
import { peopleActionsOf } from './people-actions';
import type { Input } from './reducer';
import { user } from './testing';

/** Actions over a server that answers as told; what was asked of it, and what came of it here. */
function actions(answer: unknown, ok = true) {
  const asked: string[] = [];
  const done: Input[] = [];
  const http: Http = (method, path, ask) => {
    asked.push(`${method} ${path} ${JSON.stringify(ask?.body ?? ask?.query ?? null)}`);
    return Promise.resolve(
      ok ? { ok, value: answer as never } : { ok: false, fault: fault('last_owner', { status: 409 }) },
    );
  };
  const conversation = { do: (input: Input) => done.push(input) } as unknown as Conversation;
  return { asked, done, act: peopleActionsOf(() => conversation, http) };
}

test('a change of an account is believed as soon as the server has it', async () => {
  const ada = { ...user('ada'), name: 'Ada Lovelace' };
  const { act, asked, done } = actions({ user: ada });
  expect(await act.renameMe('Ada Lovelace')).toEqual({ ok: true, value: ada });
  expect(await act.updateUser('a/b', { disabled: true })).toEqual({ ok: true, value: ada });
  expect(asked).toEqual(['PATCH /me {"name":"Ada Lovelace"}', 'PATCH /users/a%2Fb {"disabled":true}']);
  expect(done.map((input) => input.type === 'frame' && input.frame)).toEqual([
    { type: 'user_updated', user: ada },
    { type: 'user_updated', user: ada },
  ]);
});

test('what was refused changes nothing here, and says why', async () => {
  const { act, done } = actions(null, false);
  expect(await act.updateUser('ada', { role: 'member' })).toMatchObject({ fault: { code: 'last_owner' } });
  expect(await act.renameServer('Elsewhere')).toMatchObject({ ok: false });
  expect(done).toEqual([]);
});

test('a renamed place has its name here at once', async () => {
  const { act, done } = actions({ name: 'The Society' });
  await act.renameServer('The Society ');
  expect(done).toEqual([{ type: 'server-named', name: 'The Society' }]);
});

test('somebody is found by id, or is not there', async () => {
  expect(await actions({ items: [user('ada')], has_more: false }).act.findPerson('ada')).toEqual({
    ok: true,
    value: user('ada'),
  });
  expect(await actions({ items: [], has_more: false }).act.findPerson('x')).toEqual({
    ok: true,
    value: null,
  });
});

test('an invite is asked for in the words of the wire', async () => {
  const { act, asked } = actions({ id: 'i', code: 'c', url: 'u', expires_at: '' });
  await act.createInvite({ maxUses: 3, expiresIn: 60 });
  expect(asked).toEqual(['POST /invites {"max_uses":3,"expires_in":60}']);
});
