export * from './service.js';
export * from './process-end.js';
export * from './run-service.js';
export { loadConfiguration, type Configuration, type ConfiguredAdapter } from './configuration/load.js';
export { printConfiguration } from './configuration/print.js';
export { operatorGuard } from './operator-guard.js';
export { webUiUrl } from './web-ui-url.js';
export { VERSION } from './version.js';
export { isLoopbackAddress, isLoopbackHost, namesThisMachine, parseAuthority } from './this-machine.js';
