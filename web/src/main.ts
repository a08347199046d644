import '@fontsource-variable/inter';
import { mount } from 'svelte';
import App from './app/App.svelte';
import { startRouter } from './app/router.svelte';
import { storedTheme, useTheme } from './app/theme.svelte';
import { preferredLocale, useLocale } from './lib/i18n/index.svelte';
import './ui/styles/tokens.css';
import './ui/styles/ui.css';
import './ui/styles/app.css';

useTheme(storedTheme());
startRouter();
const target = document.getElementById('app');
if (target) void useLocale(preferredLocale()).then(() => mount(App, { target }));
