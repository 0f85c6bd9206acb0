import { mochaFrame, runMailerConformance } from '@cave/conformance';
import { mailerHarness } from './harnesses.js';

runMailerConformance(mochaFrame(), mailerHarness);
