import { mochaFrame, runConfigBusConformance } from '@cave/conformance';
import { configBusHarness } from './harnesses.js';

runConfigBusConformance(mochaFrame(), configBusHarness);
