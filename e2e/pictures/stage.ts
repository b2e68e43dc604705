// The stage of the pictures: the story's people in the story's rooms, on the real binary.
import { Line } from '../support/line.ts';
import { say } from '../support/people.ts';
import type { Server } from '../support/server.ts';
import {
  DIRECT,
  ELSEWHERE,
  GENERAL,
  ME,
  PEOPLE,
  PLACE,
  READ_UP_TO,
  ROOMS,
  TOPIC,
  WRITER,
  type Person,
} from './story.ts';

export const PASSWORD = 'only-for-the-pictures';

interface Cast {
  tokens: Record<Person, string>;
  ids: Record<Person, string>;
}

/** `ada` claims the place, the others come by her invite. */
export async function gather(server: Server): Promise<Cast> {
  const cast: Cast = { tokens: {} as Cast['tokens'], ids: {} as Cast['ids'] };
  let invite = '';
  for (const [username, name] of Object.entries(PEOPLE) as [Person, string][]) {
    const account = { username, name, password: PASSWORD };
    const [path, body] =
      username === ME
        ? ['/claim', { ...account, server_name: PLACE, token: server.ownerLink.split('#')[1] }]
        : ['/users', { ...account, invite }];
    const made = await server.call<{ token: string; user: { id: string } }>('POST', path, body);
    cast.tokens[username] = made.token;
    cast.ids[username] = made.user.id;
    if (username === ME) {
      const { code } = await server.call<{ code: string }>('POST', '/invites', {}, made.token);
      invite = code;
    }
  }
  return cast;
}

interface Played {
  room: string;
  /** The rooms elsewhere, by name. */
  rooms: Map<string, string>;
  /** What each line's seq became. */
  seqs: number[];
  /** Connected still. */
  writer: Line;
}

/** Everybody says their lines. */
export async function play(server: Server, { tokens, ids }: Cast): Promise<Played> {
  const mine = tokens[ME];
  const { items } = await server.call<{ items: { id: string }[] }>('GET', '/rooms', undefined, mine);
  const general = items[0]?.id ?? '';
  await server.call('PATCH', `/rooms/${general}`, { topic: TOPIC }, mine);
  const lines = {} as Record<Person, Line>;
  for (const person of Object.keys(PEOPLE) as Person[]) {
    lines[person] = await Line.open(server, tokens[person]);
  }

  const seqs: number[] = [];
  for (const [index, { by, text, answers, reactions }] of GENERAL.entries()) {
    const reply = answers === undefined ? {} : { reply_to: seqs[answers] };
    const body = { text, nonce: `line-${index}`, ...reply };
    const path = `/rooms/${general}/messages`;
    const { seq } = await server.call<{ seq: number }>('POST', path, body, tokens[by]);
    seqs.push(seq);
    for (const [emoji, people] of Object.entries(reactions ?? {})) {
      for (const person of people) await lines[person].react(general, seq, emoji);
    }
  }
  await lines[ME].read(general, seqs[READ_UP_TO] ?? 0);

  const others = Object.entries(ids).flatMap(([person, id]) => (person === ME ? [] : [id]));
  const rooms = new Map<string, string>();
  for (const name of ROOMS) {
    const body = { name, kind: 'open', members: others };
    const { room } = await server.call<{ room: { id: string } }>('POST', '/rooms', body, mine);
    rooms.set(name, room.id);
    for (const { by, texts } of ELSEWHERE.filter((each) => each.room === name)) {
      await say(server, tokens[by], room.id, texts);
    }
  }
  for (const { with: person, texts } of DIRECT) {
    const body = { kind: 'direct', members: [ids[person]] };
    const { room } = await server.call<{ room: { id: string } }>('POST', '/rooms', body, mine);
    await say(server, tokens[person], room.id, texts);
  }
  for (const [person, line] of Object.entries(lines)) if (person !== WRITER) line.close();
  return { room: general, rooms, seqs, writer: lines[WRITER] };
}
