export * from './doubles.js';
export * from './world.js';
export * from './scene.js';
