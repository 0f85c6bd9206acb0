export * from './clusters.js';
export * from './directory.js';
export * from './members.js';
export * from './new-token.js';
export * from './organizations.js';
export * from './publish-access.js';
export * from './teams.js';
export * from './tokens.js';
