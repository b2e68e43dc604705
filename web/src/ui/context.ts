// How components reach the app: once provided at the root, then taken where needed.
import { createContext } from 'svelte';
import type { App } from '../state/contract';

export const [useApp, provideApp] = createContext<App>();
