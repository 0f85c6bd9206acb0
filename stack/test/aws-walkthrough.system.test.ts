import { describeWalkthrough } from './support/walkthrough-suite.js';

describeWalkthrough('aws');
