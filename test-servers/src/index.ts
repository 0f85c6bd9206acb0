export * from './contract.js';
export * from './cut-proxy.js';
export * from './mocha.js';
export * from './server.js';
