// Light, dark, or as the system has it: kept on this device, applied to the root element before anything is drawn.

export type Theme = 'system' | 'light' | 'dark';
export const themes: readonly Theme[] = ['system', 'light', 'dark'];
const KEY = 'parlor.theme';

function stored(): Theme {
  try {
    const kept = localStorage.getItem(KEY);
    return kept === 'light' || kept === 'dark' ? kept : 'system';
  } catch {
    return 'system'; // storage may be forbidden; then the system decides
  }
}

let chosen = $state<Theme>(stored());

function apply() {
  const root = document.documentElement;
  if (chosen === 'system') delete root.dataset.theme;
  else root.dataset.theme = chosen;
  for (const meta of document.querySelectorAll<HTMLMetaElement>('meta[name="theme-color"]')) {
    const of = meta.dataset.theme;
    meta.media = chosen === 'system' ? `(prefers-color-scheme: ${of})` : chosen === of ? 'all' : 'not all';
  }
}

export const theme = {
  get chosen() {
    return chosen;
  },
  choose(next: Theme) {
    chosen = next;
    apply();
    try {
      if (next === 'system') localStorage.removeItem(KEY);
      else localStorage.setItem(KEY, next);
    } catch {
      // for this visit only, then
    }
  },
  /** Call once, before the first paint. */
  start: apply,
};
