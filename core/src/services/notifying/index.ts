export * from './receiver.js';
export * from './notification-mail.js';
export * from './delivery-dispatcher.js';
