export { storeWriterGroup, type PartitionStatus } from './cluster-writer.js';
export { STORE_WRITER_DEFAULTS, StoreWriter, type StoreWriterDependencies, type StoreWriterOptions } from './store-writer.js';
