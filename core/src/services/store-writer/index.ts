export { storeWriterGroup, type PartitionStatus } from './cluster-writer.js';
export { STORE_WRITER_DEFAULTS, type StoreWriterOptions } from './options.js';
export { StoreWriter, type StoreWriterDependencies } from './store-writer.js';
