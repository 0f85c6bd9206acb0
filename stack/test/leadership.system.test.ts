import { describeLeadership } from './support/leadership-suite.js';

describeLeadership({ profile: 'open', title: 'three schedulers on real servers', leases: 'redis' });
