// The room one was in last, kept on this device.

const KEY = 'parlor.room';

export function rememberRoom(id: string): void {
  try {
    localStorage.setItem(KEY, id);
  } catch {
    // then it is the first room, next time
  }
}

export function rememberedRoom(): string | null {
  try {
    return localStorage.getItem(KEY);
  } catch {
    return null;
  }
}
