// Who is in a room, asked for once while nobody comes or goes: for naming them where one writes.
import type { App, Person, RoomItem } from '../../state/contract';
import { SYSTEM_USERNAME } from '../person';

/** Enough to name anybody in most rooms; in larger ones who spoke lately is found, and the server finds the rest. */
const MOST = 1000;

const asked = new Map<string, Promise<readonly Person[]>>();

export function membersOf(app: App, room: RoomItem): Promise<readonly Person[]> {
  if (room.kind === 'direct') return Promise.resolve(room.with);
  const key = `${room.id} ${room.memberCount}`;
  const known = asked.get(key);
  if (known) return known;
  const asking = read(app, room.id);
  asked.set(key, asking);
  void asking.then((people) => {
    if (people.length === 0) asked.delete(key); // not answered: next time
  });
  return asking;
}

async function read(app: App, room: string): Promise<readonly Person[]> {
  const people: Person[] = [];
  for (let after: string | undefined; people.length < MOST; after = people.at(-1)?.id) {
    const page = await app.do.listMembers(room, after);
    if (!page.ok) break;
    people.push(...page.value.items.map((member) => member.user));
    if (!page.value.hasMore || page.value.items.length === 0) break;
  }
  return people.filter((person) => person.username !== SYSTEM_USERNAME);
}
