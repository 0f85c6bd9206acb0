import type { components } from '../../api/contract.js';

export type Alert = components['schemas']['Alert'];
export type AlertHistory = components['schemas']['AlertHistory'];
export type AlertEvent = AlertHistory['events'][number];
export type Delivery = AlertEvent['deliveries'][number];

/** What a person takes an alert's state for: the api says `ok` of one that nobody has checked, too. */
export type Standing = 'firing' | 'ok' | 'unchecked' | 'off';

const LONGEST_TYPED = 60;

/** One that is switched off while it fires goes on to fire until that has been told as over. */
export function standingOf({ enabled, status }: Pick<Alert, 'enabled' | 'status'>): Standing {
  if (status.state === 'firing') return 'firing';
  if (!enabled) return 'off';
  return status.last_check === null ? 'unchecked' : 'ok';
}

/** Where an alert's page is. */
export function alertPath(tenantPath: string, id: string): string {
  return `${tenantPath}/alerts/${encodeURIComponent(id)}`;
}

/**
 * What is typed to confirm that an alert goes: its description, or its id where the description is
 * long or cannot be read off the page as it is (blanks that a browser folds, line breaks).
 */
export function confirmationOf({ id, description }: Pick<Alert, 'id' | 'description'>): string {
  return description.length <= LONGEST_TYPED && /^\S+( \S+)*$/.test(description) ? description : id;
}
