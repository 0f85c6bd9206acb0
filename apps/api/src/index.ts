export * from './api.js';
export * from './http/route.js';
export * from './http/schemas.js';
export * from './password-hasher.js';
export * from './settings.js';
export { apiService } from './wiring.js';
