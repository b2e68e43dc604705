// What can be done with a message, whoever asks for it: the toolbar, the menu, a key.
import type { Row } from '../../state/contract';

export interface Acts {
  reply(row: Row): void;
  edit(row: Row): void;
  remove(row: Row): void;
  /** Adds a reaction, or takes mine back. */
  react(row: Row, sign: string): void;
  /** The address that opens this message in context. */
  link(row: Row): string;
}

/** What of it this row allows. */
export function allowed(row: Row) {
  const there = row.text !== null;
  const inLog = row.seq !== null && there;
  return {
    react: inLog,
    reply: inLog,
    link: row.seq !== null,
    copy: there,
    edit: row.canEdit,
    remove: row.canDelete,
  };
}
