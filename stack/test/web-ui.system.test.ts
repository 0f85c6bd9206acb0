import { describeWebUi } from './support/web-ui-suite.js';

describeWebUi('open');
