import type { Repositories } from '@cave/core';
import { alertStateRepository } from './alert-states.js';
import { alertRepository } from './alerts.js';
import { numberRepository, officeRepository } from './coordination.js';
import { deliveryRepository } from './deliveries.js';
import { membershipRepository } from './memberships.js';
import { auditRepository, statusRepository } from './operations.js';
import { organizationRepository } from './organizations.js';
import { changeOutboxRepository, historyOutboxRepository, storeTaskRepository } from './outboxes.js';
import { confirmationRepository, sessionRepository } from './sessions.js';
import { pruningRepository } from './pruning.js';
import type { Session } from './session.js';
import { teamRepository } from './teams.js';
import { tokenRepository } from './tokens.js';
import { userRepository } from './users.js';

export function createRepositories(session: Session): Repositories {
  return {
    organizations: organizationRepository(session),
    teams: teamRepository(session),
    users: userRepository(session),
    memberships: membershipRepository(session),
    tokens: tokenRepository(session),
    sessions: sessionRepository(session),
    confirmations: confirmationRepository(session),
    alerts: alertRepository(session),
    alertStates: alertStateRepository(session),
    historyOutbox: historyOutboxRepository(session),
    deliveries: deliveryRepository(session),
    changeOutbox: changeOutboxRepository(session),
    storeTasks: storeTaskRepository(session),
    numbers: numberRepository(session),
    offices: officeRepository(session),
    audit: auditRepository(session),
    status: statusRepository(session),
    pruning: pruningRepository(session),
  };
}
