// A person's socket, for what only the socket can do: react, and be seen typing.
import { once } from 'node:events';
import WebSocket from 'ws';

import type { Server } from './server.ts';

interface Frame {
  type: string;
  id?: string;
}

export class Line {
  private readonly waiting = new Map<string, () => void>();
  private ids = 0;

  private constructor(private readonly socket: WebSocket) {
    socket.on('message', (data) => {
      const frame = JSON.parse(String(data)) as Frame;
      if (frame.type === 'refuse') throw new Error(String(data));
      this.waiting.get(frame.id ?? frame.type)?.();
    });
  }

  static async open(server: Server, token: string): Promise<Line> {
    const socket = new WebSocket(`${server.url.replace(/^http/, 'ws')}/ws`, ['parlor.v1'], {
      headers: { authorization: `Bearer ${token}` },
    });
    await once(socket, 'open');
    const line = new Line(socket);
    const ready = line.until('ready');
    socket.send(JSON.stringify({ type: 'hello', protocol: 1 }));
    await ready;
    return line;
  }

  async react(room: string, seq: number, emoji: string): Promise<void> {
    const id = `react-${(this.ids += 1)}`;
    const acked = this.until(id);
    this.socket.send(JSON.stringify({ type: 'react', id, room, seq, nonce: id, emoji }));
    await acked;
  }

  async remove(room: string, seq: number): Promise<void> {
    const id = `delete-${(this.ids += 1)}`;
    const acked = this.until(id);
    this.socket.send(JSON.stringify({ type: 'delete', id, room, seq, nonce: id }));
    await acked;
  }

  type(room: string): void {
    this.socket.send(JSON.stringify({ type: 'typing', room }));
  }

  async read(room: string, seq: number): Promise<void> {
    const acked = this.until('read');
    this.socket.send(JSON.stringify({ type: 'read', id: 'read', room, seq }));
    await acked;
  }

  close(): void {
    this.socket.close();
  }

  private until(key: string): Promise<void> {
    return new Promise((resolve) => this.waiting.set(key, resolve));
  }
}
