// The Worker that owns the socket: a hidden page's timers stop, a Worker's do not. All that it decides is in link.ts.
/// <reference lib="webworker" />
import { realClock } from './clock';
import { httpClient } from './http';
import { Connection, type Socket } from './link';
import type { FromWorker, ToWorker } from './messages';

const http = httpClient();
let connection: Connection | null = null;

self.onmessage = (event: MessageEvent<ToWorker>) => {
  const message = event.data;
  if (message.type === 'start') start(message.socketUrl);
  else if (message.type === 'send') connection?.send(message.connection, message.frame);
  else if (message.type === 'hint') connection?.hint(message.hint);
  else connection?.stop();
};

function start(socketUrl: string): void {
  connection?.stop();
  connection = new Connection({
    clock: realClock,
    open: () => new WebSocket(socketUrl, 'parlor.v1') as Socket,
    whoAmI: async () => {
      const answer = await http('GET', '/me');
      return answer.ok ? null : answer.fault;
    },
    tell: (message: FromWorker) => self.postMessage(message),
  });
  connection.start();
}
