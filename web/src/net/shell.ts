// The page's side of the service worker: has it installed, and says which version of the page this tab runs, so that its
// files are kept as long as it is open. Outside a secure context there is none, and the page works without.
import { PAGE_LOCK } from '../sw/shell';
import { trustedWorkerUrl } from './trusted';

/** `script` is the address of a script of this page. */
export function keepShell(script: string): void {
  if (!('serviceWorker' in navigator)) return;
  const forLife = () => new Promise<void>(() => {});
  const name = PAGE_LOCK + new URL(script).pathname;
  void navigator.locks?.request(name, { mode: 'shared' }, forLife).catch(() => {});
  // Forbidden by the browser, or the server is away: the page opens from the network, as before.
  const url = trustedWorkerUrl('/sw.js');
  void navigator.serviceWorker.register(url, { updateViaCache: 'none' }).catch(() => {});
}
