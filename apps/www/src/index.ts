export { wwwService, wwwServiceOf } from './wiring.js';
