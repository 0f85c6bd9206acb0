export * from './aws/cloudwatch-logs.js';
export * from './aws/emulator.js';
export * from './aws/gateway.js';
export * from './chromium.js';
export * from './contract.js';
export * from './cut-proxy.js';
export * from './mocha.js';
export * from './server.js';
