export { VERSION } from '@cave/app-runtime/version';
