import { IconAlertTriangle, IconCircleCheck, IconCircleX, IconFlame, IconHeartbeat } from '@tabler/icons-react';
import type { AlertStatus } from './alert.js';
import classes from './alerts.module.css';

const ICON = 16;

/** Firing or ok, told by icon and word, and by colour besides. */
export function StateText({ state }: Pick<AlertStatus, 'state'>): React.ReactNode {
  return state === 'firing'
    ? <span className={classes['mark']} data-mark="bad" data-alert-state="firing"><IconFlame size={ICON} aria-hidden />Firing</span>
    : <span className={classes['mark']} data-mark="good" data-alert-state="ok"><IconCircleCheck size={ICON} aria-hidden />OK</span>;
}

/** Whether its checks can tell anything. */
export function HealthText({ health }: Pick<AlertStatus, 'health'>): React.ReactNode {
  switch (health) {
    case 'fine': return <span className={classes['mark']} data-health="fine"><IconHeartbeat size={ICON} aria-hidden />Fine</span>;
    case 'no_data': return <span className={classes['mark']} data-mark="warn" data-health="no_data"><IconAlertTriangle size={ICON} aria-hidden />No data</span>;
    case 'error': return <span className={classes['mark']} data-mark="warn" data-health="error"><IconCircleX size={ICON} aria-hidden />Checks fail</span>;
  }
}
