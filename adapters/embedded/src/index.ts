export { default as rawStream } from './raw-stream.js';
