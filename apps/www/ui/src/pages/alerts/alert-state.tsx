import { IconAlertTriangle, IconCircleCheck, IconCircleDashed, IconCircleOff, IconCircleX, IconFlame, IconHeartbeat } from '@tabler/icons-react';
import { standingOf, type Alert } from './alert.js';
import classes from './alerts.module.css';

const ICON = 16;

/** Whether it fires, told by icon and word, and by colour besides. */
export function StateText({ alert }: { readonly alert: Alert }): React.ReactNode {
  const standing = standingOf(alert);
  switch (standing) {
    case 'firing': return <span className={classes['mark']} data-mark="bad" data-alert-state={standing}><IconFlame size={ICON} aria-hidden />Firing</span>;
    case 'ok': return <span className={classes['mark']} data-mark="good" data-alert-state={standing}><IconCircleCheck size={ICON} aria-hidden />OK</span>;
    case 'unchecked': return <span className={classes['mark']} data-alert-state={standing}><IconCircleDashed size={ICON} aria-hidden />Not checked yet</span>;
    case 'off': return <span className={classes['mark']} data-alert-state={standing}><IconCircleOff size={ICON} aria-hidden />Off</span>;
  }
}

/** Whether its checks can tell anything. */
export function HealthText({ alert: { status } }: { readonly alert: Alert }): React.ReactNode {
  if (status.last_check === null) return <span className={classes['mark']}>Not known</span>;
  switch (status.health) {
    case 'fine': return <span className={classes['mark']} data-health="fine"><IconHeartbeat size={ICON} aria-hidden />Fine</span>;
    case 'no_data': return <span className={classes['mark']} data-mark="warn" data-health="no_data"><IconAlertTriangle size={ICON} aria-hidden />No data</span>;
    case 'error': return <span className={classes['mark']} data-mark="warn" data-health="error"><IconCircleX size={ICON} aria-hidden />Checks fail</span>;
  }
}
