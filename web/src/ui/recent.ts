// The rooms one was in, newest first, kept on this device: what the jump box offers before anything is typed.

const KEY = 'parlor.recent';
const KEPT = 12;

export function recentRooms(): string[] {
  try {
    const kept: unknown = JSON.parse(localStorage.getItem(KEY) ?? '[]');
    return Array.isArray(kept) ? kept.filter((id): id is string => typeof id === 'string') : [];
  } catch {
    return [];
  }
}

export function rememberVisit(id: string): void {
  try {
    const next = [id, ...recentRooms().filter((other) => other !== id)].slice(0, KEPT);
    localStorage.setItem(KEY, JSON.stringify(next));
  } catch {
    // then there is no memory of it
  }
}
