export { default as webhook, sign } from './webhook.js';
export { default as pagerduty } from './pagerduty.js';
