export { STORE_WRITER_DEFAULTS, STORE_WRITER_GROUP, StoreWriter, type StoreWriterDependencies, type StoreWriterOptions } from './store-writer.js';
