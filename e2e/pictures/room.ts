// Takes docs/images/room-light.png and room-dark.png: the real page of the real binary.
// Only the times are the story's: the page's clock stands still at its moment, and its
// messages come with the hours at which they were said there.
import { fileURLToPath } from 'node:url';

import { fillCredentials, message, roomLink, say } from '../support/people.ts';
import type { Server } from '../support/server.ts';
import { expect, test } from '../support/test.ts';
import { Line } from '../support/line.ts';
import {
  DIRECT,
  ELSEWHERE,
  GENERAL,
  ME,
  NOW,
  PEOPLE,
  PLACE,
  READ_UP_TO,
  ROOMS,
  TOPIC,
  WRITER,
  type Person,
} from './story.ts';

const PASSWORD = 'only-for-the-pictures';

test.use({ settings: { PARLOR_RATE_LIMITS: 'off' } });

interface Cast {
  tokens: Record<Person, string>;
  ids: Record<Person, string>;
}

/** `ada` claims the place, the others come by her invite. */
async function gather(server: Server): Promise<Cast> {
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
  /** What each line's seq became. */
  seqs: number[];
  /** Connected still. */
  writer: Line;
}

/** Everybody says their lines. */
async function play(server: Server, { tokens, ids }: Cast): Promise<Played> {
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
  for (const name of ROOMS) {
    const body = { name, kind: 'open', members: others };
    const { room } = await server.call<{ room: { id: string } }>('POST', '/rooms', body, mine);
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
  return { room: general, seqs, writer: lines[WRITER] };
}

test('the room of the README', async ({ page, server }) => {
  const cast = await gather(server);
  const { room, seqs, writer } = await play(server, cast);
  await page.clock.setFixedTime(NOW);
  await page.route(/\/messages\?/, async (route) => {
    const answer = await route.fetch();
    const history = (await answer.json()) as { items: { seq: number; at: string }[] };
    for (const item of history.items) item.at = GENERAL[seqs.indexOf(item.seq)]?.at ?? item.at;
    await route.fulfill({ response: answer, json: history });
  });

  await page.goto(`/r/${room}`);
  await fillCredentials(page, { username: ME, password: PASSWORD });
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
  const last = message(page, GENERAL.at(-1)?.text ?? '');
  await expect(last).toBeInViewport();
  await expect(roomLink(page, 'engineering')).toHaveAccessibleName(/2 mentions/);
  await expect(page.getByTestId('connection')).toHaveText(/Live · \d+ ms/);
  writer.type(room);
  await expect(page.getByText(`${PEOPLE[WRITER]} is typing…`)).toBeVisible();
  await page.mouse.move(640, 20);

  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
    const path = fileURLToPath(
      new URL(`../../docs/images/room-${colorScheme}.png`, import.meta.url),
    );
    await page.screenshot({ path, animations: 'disabled', caret: 'hide' });
  }
  writer.close();
});
