export { wwwService } from './wiring.js';
