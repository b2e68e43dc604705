// What was done to the outbox, and what was typed, in the last moments of a page, before the database had it: kept where
// writing does not wait. Ops may be done twice, so it does no harm if the database got them after all.
import type { Op } from '../ops';

const KEY = 'parlor.spilled';
const DRAFTS = 'parlor.spilled-drafts';

export function spill(author: string, ops: readonly Op[]): void {
  const all = [...takeSpilled(author), ...ops];
  try {
    if (all.length) localStorage.setItem(KEY, JSON.stringify({ author, ops: all }));
  } catch {
    // the last resort; behind it is nothing
  }
}

export function takeSpilled(author: string): readonly Op[] {
  try {
    const kept: unknown = JSON.parse(localStorage.getItem(KEY) ?? 'null');
    const { author: whose, ops } = (kept ?? {}) as { author?: unknown; ops?: unknown };
    return whose === author && Array.isArray(ops) ? (ops as Op[]) : [];
  } catch {
    return [];
  }
}

export function dropSpilled(): void {
  drop(KEY);
}

/** Texts by room. */
export function spillDrafts(author: string, drafts: ReadonlyMap<string, string>): void {
  try {
    if (drafts.size) localStorage.setItem(DRAFTS, JSON.stringify({ author, drafts: [...drafts] }));
  } catch {
    // as above
  }
}

export function takeSpilledDrafts(author: string): readonly (readonly [string, string])[] {
  try {
    const kept: unknown = JSON.parse(localStorage.getItem(DRAFTS) ?? 'null');
    const { author: whose, drafts } = (kept ?? {}) as { author?: unknown; drafts?: unknown };
    drop(DRAFTS);
    if (whose !== author || !Array.isArray(drafts)) return [];
    return drafts.filter((d): d is [string, string] => Array.isArray(d) && typeof d[1] === 'string');
  } catch {
    return [];
  }
}

function drop(key: string): void {
  try {
    localStorage.removeItem(key);
  } catch {
    // nor was anything kept
  }
}
