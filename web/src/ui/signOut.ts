// Signing out: at once where nothing is lost by it, else the dialog asks. Where the server cannot be told, I am still
// signed in, and the dialog says so.
import type { App } from '../state/contract';
import { dialogs } from './dialogs/open.svelte';
import { clearDrafts } from './room/draft.svelte';

export async function signOutOrAsk(app: App): Promise<void> {
  if (app.state.unsent > 0) return dialogs.open({ name: 'sign-out' });
  const outcome = await app.do.signOut();
  if (outcome.ok) clearDrafts();
  else dialogs.open({ name: 'sign-out', fault: outcome.fault });
}
