// The page's side of the Worker: starts it, hands frames both ways, and passes on what only a page can see (it became
// visible, came back from the back/forward cache, the network changed).
import type { ClientFrame } from '../protocol.gen';
import type { FromWorker, ToWorker } from './messages';
import workerUrl from './socket.worker?worker&url';
import { trustedWorkerUrl } from './trusted';

export interface SocketLine {
  /** Sent only while that connection lasts, else dropped: who sends must be ready to send again after `ready`. */
  send(connection: number, frame: ClientFrame): void;
  tryNow(): void;
  /** Closes the socket and ends the Worker. */
  stop(): void;
}
export type OpenSocket = (hear: (message: FromWorker) => void) => SocketLine;

export const openSocket: OpenSocket = (hear) => {
  const worker = new Worker(trustedWorkerUrl(workerUrl), { type: 'module', name: 'parlor-socket' });
  const say = (message: ToWorker) => worker.postMessage(message);
  const listening = new AbortController();
  const { signal } = listening;

  worker.onmessage = (event: MessageEvent<FromWorker>) => hear(event.data);
  const visible = () => {
    if (document.visibilityState === 'visible') say({ type: 'hint', hint: 'visible' });
  };
  document.addEventListener('visibilitychange', visible, { signal });
  document.addEventListener('resume', visible, { signal });
  window.addEventListener('pageshow', visible, { signal });
  window.addEventListener('online', () => say({ type: 'hint', hint: 'online' }), { signal });
  window.addEventListener('offline', () => say({ type: 'hint', hint: 'offline' }), { signal });

  const socketUrl = new URL('/ws', location.href);
  socketUrl.protocol = socketUrl.protocol === 'https:' ? 'wss:' : 'ws:';
  say({ type: 'start', socketUrl: socketUrl.href });
  return {
    send: (connection, frame) => say({ type: 'send', connection, frame }),
    tryNow: () => say({ type: 'hint', hint: 'try-now' }),
    stop: () => {
      listening.abort();
      worker.terminate(); // closes its socket
    },
  };
};
