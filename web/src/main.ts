// Where the page begins: theme and language before paint, then router and screen. Who I am is asked meanwhile.
import { mount } from 'svelte';
import App from './App.svelte';
import './css/index.css';
import { rememberedRoom } from './lib/lastRoom';
import { router } from './lib/router.svelte';
import { language } from './lib/words';
import { keepShell } from './net/shell';
import { startApp } from './state/app.svelte';
import { theme } from './ui/theme.svelte';

const target = document.getElementById('app');
if (!target) throw new Error('index.html has no #app');

theme.start();
router.start();
const { route } = router;
const app = startApp({}, route.name === 'room' ? route.room : rememberedRoom());
await language.start();
mount(App, { target, props: { app } });
if (import.meta.env.PROD) keepShell(import.meta.url);
