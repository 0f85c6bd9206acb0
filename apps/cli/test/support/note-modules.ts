/* node --import note-modules.js: writes the URL of every module that is loaded to the file NOTED_MODULES, a line each. */
import { register } from 'node:module';

register(new URL('./note-modules-hook.js', import.meta.url));
