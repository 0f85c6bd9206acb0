export { ConditionField } from './condition-field.js';
export { ConditionText } from './condition-text.js';
export { diagnose } from './diagnose.js';
export { toPlainWords } from './plain-words.js';
export type { ConditionFieldProps, KnownMetric, ServerError } from './props.js';
