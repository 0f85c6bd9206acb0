export { CONFIG_STORE_CASES, type StoreCase } from './config-store-cases.js';
