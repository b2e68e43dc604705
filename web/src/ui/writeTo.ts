// To the conversation with somebody: the one that there is, or a new one.
import { paths, router } from '../lib/router.svelte';
import type { App, Fault } from '../state/contract';

/** Null once it is on screen. */
export async function writeTo(app: App, user: string): Promise<Fault | null> {
  const outcome = await app.do.createRoom({ kind: 'direct', members: [user] });
  if (!outcome.ok) return outcome.fault;
  router.go(paths.room(outcome.value));
  return null;
}
