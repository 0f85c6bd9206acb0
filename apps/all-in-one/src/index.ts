export { allServices } from './wiring.js';
