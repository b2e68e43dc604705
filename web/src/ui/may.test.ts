import { describe, expect, test } from 'vitest';
import type { RoomItem, ServerRole, User } from '../state/contract';
import { givesRoles, inRoom, rulesOver } from './may';

const user = (role: ServerRole, username = 'ada'): User => ({ id: username, username, name: username, role });
const room = (kind: RoomItem['kind'], role: RoomItem['role'], archived = false) => ({ kind, role, archived });

/** The rights as a word each, so that a table can be read. */
function rights(of: ReturnType<typeof room>, as: ServerRole): string {
  return Object.entries(inRoom(of, user(as)))
    .flatMap(([what, may]) => (may ? [what] : []))
    .join(' ');
}

describe('in a room', () => {
  test.each([
    [room('open', 'member'), 'member', 'add leave'],
    [room('open', 'owner'), 'member', 'change add rule leave'],
    [room('open', 'member'), 'admin', 'change add rule leave'],
    [room('closed', 'member'), 'owner', 'leave'],
    [room('closed', 'owner'), 'member', 'change add rule leave'],
    [room('direct', 'member'), 'owner', ''],
    [room('open', 'owner', true), 'member', 'change leave'],
    [room('open', 'member', true), 'member', 'leave'],
  ] as const)('%o, being %s on the server: %s', (of, as, may) => {
    expect(rights({ ...of }, as)).toBe(may);
  });
});

test('an admin rules over members, an owner over everybody and alone gives roles', () => {
  const roles = ['member', 'admin', 'owner'] as const;
  const rules = (as: ServerRole) => roles.filter((role) => rulesOver(user(as), user(role)));
  expect([rules('member'), rules('admin'), rules('owner')]).toEqual([[], ['member'], [...roles]]);
  expect(roles.filter((role) => givesRoles(user(role), user('member')))).toEqual(['owner']);
  expect(rulesOver(user('owner'), user('member', 'parlor')), 'nobody rules over the server itself').toBe(
    false,
  );
});
