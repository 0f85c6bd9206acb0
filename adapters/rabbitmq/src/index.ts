export { default as workQueue } from './work-queue.js';
export { default as configBus } from './config-bus.js';
export type { RabbitConfigBusOptions, RabbitConnectionOptions, RabbitWorkQueueOptions } from './options.js';
