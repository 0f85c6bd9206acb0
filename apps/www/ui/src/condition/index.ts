export type { ConditionFieldProps, KnownMetric, ServerError } from './props.js';
