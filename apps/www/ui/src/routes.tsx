import { createRoutesFromElements, Route } from 'react-router-dom';
import { pageRoute } from './page-route.js';
import { RequireSession } from './session/require-session.js';
import { PageFailure } from './shell/page-failure.js';
import { Shell } from './shell/shell.js';
import { TenantScope } from './shell/tenant-scope.js';

// Each page is loaded when it is visited first: the first one need not carry all.
const LOGIN = pageRoute(() => import('./pages/account/login-page.js'));
const REGISTER = pageRoute(() => import('./pages/account/register-page.js'));
const CONFIRM = pageRoute(() => import('./pages/account/confirm-page.js'));
const FORGOT_PASSWORD = pageRoute(() => import('./pages/account/forgot-password-page.js'));
const RESET_PASSWORD = pageRoute(() => import('./pages/account/reset-password-page.js'));
const PROFILE = pageRoute(() => import('./pages/account/profile-page.js'));
const HOME = pageRoute(() => import('./pages/home/home-page.js'));
const NEW_ORGANIZATION = pageRoute(() => import('./pages/organization/new-organization-page.js'));
const OVERVIEW = pageRoute(() => import('./pages/organization/overview-page.js'));
const TEAMS = pageRoute(() => import('./pages/organization/teams-page.js'));
const MEMBERS = pageRoute(() => import('./pages/organization/members-page.js'));
const TOKENS = pageRoute(() => import('./pages/organization/tokens-page.js'));
const SETTINGS = pageRoute(() => import('./pages/organization/settings-page.js'));
const METRICS = pageRoute(() => import('./pages/metrics/list/metrics-page.js'));
const METRIC = pageRoute(() => import('./pages/metrics/metric/metric-page.js'));
const ALERTS = pageRoute(() => import('./pages/alerts/list/alerts-page.js'));
const ALERT = pageRoute(() => import('./pages/alerts/alert/alert-page.js'));
const NEW_ALERT = pageRoute(() => import('./pages/alerts/form/new-alert-page.js'));
const EDIT_ALERT = pageRoute(() => import('./pages/alerts/form/edit-alert-page.js'));
const STATUS = pageRoute(() => import('./pages/status/status-page.js'));
const OUTBOX = pageRoute(() => import('./pages/outbox/outbox-page.js'));
const CHART_BENCH = pageRoute(() => import('./chart/bench/chart-bench-page.js'));
const NOT_FOUND = pageRoute(() => import('./pages/not-found-page.js'));

/** Every address of the client. Those below a tenant exist for organizations and teams alike. */
export const routes = createRoutesFromElements(
  <Route element={<Shell />} errorElement={<PageFailure />}>
    <Route errorElement={<PageFailure />}>
      <Route path="login" {...LOGIN} />
      <Route path="register" {...REGISTER} />
      <Route path="confirm" {...CONFIRM} />
      <Route path="forgot-password" {...FORGOT_PASSWORD} />
      <Route path="reset-password" {...RESET_PASSWORD} />
      <Route path="status" {...STATUS} />
      <Route path="outbox" {...OUTBOX} />
      <Route path="bench/chart" {...CHART_BENCH} />
      <Route element={<RequireSession />}>
        <Route index {...HOME} />
        <Route path="profile" {...PROFILE} />
        <Route path="organizations/new" {...NEW_ORGANIZATION} />
        <Route element={<TenantScope />}>
          {['organizations/:organization', 'organizations/:organization/teams/:team'].map((tenant) => (
            <Route key={tenant} path={tenant}>
              <Route index {...OVERVIEW} />
              <Route path="metrics" {...METRICS} />
              <Route path="metrics/:metric" {...METRIC} />
              <Route path="alerts" {...ALERTS} />
              <Route path="alerts/new" {...NEW_ALERT} />
              <Route path="alerts/:id" {...ALERT} />
              <Route path="alerts/:id/edit" {...EDIT_ALERT} />
              <Route path="members" {...MEMBERS} />
              <Route path="tokens" {...TOKENS} />
              <Route path="settings" {...SETTINGS} />
            </Route>
          ))}
          <Route path="organizations/:organization/teams" {...TEAMS} />
        </Route>
      </Route>
      <Route path="*" {...NOT_FOUND} />
    </Route>
  </Route>,
);
