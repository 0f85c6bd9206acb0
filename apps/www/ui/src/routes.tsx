import { lazy } from 'react';
import { createRoutesFromElements, Route } from 'react-router-dom';
import { RequireSession } from './session/require-session.js';
import { PageFailure } from './shell/page-failure.js';
import { Shell } from './shell/shell.js';
import { TenantScope } from './shell/tenant-scope.js';

// Each page is loaded when it is visited first: the first one need not carry all.
const LoginPage = lazy(() => import('./pages/account/login-page.js'));
const RegisterPage = lazy(() => import('./pages/account/register-page.js'));
const ConfirmPage = lazy(() => import('./pages/account/confirm-page.js'));
const ForgotPasswordPage = lazy(() => import('./pages/account/forgot-password-page.js'));
const ResetPasswordPage = lazy(() => import('./pages/account/reset-password-page.js'));
const ProfilePage = lazy(() => import('./pages/account/profile-page.js'));
const HomePage = lazy(() => import('./pages/home/home-page.js'));
const NewOrganizationPage = lazy(() => import('./pages/organization/new-organization-page.js'));
const OverviewPage = lazy(() => import('./pages/organization/overview-page.js'));
const TeamsPage = lazy(() => import('./pages/organization/teams-page.js'));
const MembersPage = lazy(() => import('./pages/organization/members-page.js'));
const TokensPage = lazy(() => import('./pages/organization/tokens-page.js'));
const SettingsPage = lazy(() => import('./pages/organization/settings-page.js'));
const MetricsPage = lazy(() => import('./pages/metrics/metrics-page.js'));
const MetricPage = lazy(() => import('./pages/metrics/metric-page.js'));
const AlertsPage = lazy(() => import('./pages/alerts/alerts-page.js'));
const AlertPage = lazy(() => import('./pages/alerts/alert-page.js'));
const NewAlertPage = lazy(() => import('./pages/alerts/new-alert-page.js'));
const EditAlertPage = lazy(() => import('./pages/alerts/edit-alert-page.js'));
const StatusPage = lazy(() => import('./pages/status/status-page.js'));
const OutboxPage = lazy(() => import('./pages/outbox/outbox-page.js'));
const ChartBenchPage = lazy(() => import('./chart/bench/chart-bench-page.js'));
const NotFoundPage = lazy(() => import('./pages/not-found-page.js'));

/** Every address of the client. Those below a tenant exist for organizations and teams alike. */
export const routes = createRoutesFromElements(
  <Route element={<Shell />} errorElement={<PageFailure />}>
    <Route path="login" element={<LoginPage />} />
    <Route path="register" element={<RegisterPage />} />
    <Route path="confirm" element={<ConfirmPage />} />
    <Route path="forgot-password" element={<ForgotPasswordPage />} />
    <Route path="reset-password" element={<ResetPasswordPage />} />
    <Route path="status" element={<StatusPage />} />
    <Route path="outbox" element={<OutboxPage />} />
    <Route path="bench/chart" element={<ChartBenchPage />} />
    <Route element={<RequireSession />}>
      <Route index element={<HomePage />} />
      <Route path="profile" element={<ProfilePage />} />
      <Route path="organizations/new" element={<NewOrganizationPage />} />
      <Route element={<TenantScope />}>
        {['organizations/:organization', 'organizations/:organization/teams/:team'].map((tenant) => (
          <Route key={tenant} path={tenant}>
            <Route index element={<OverviewPage />} />
            <Route path="metrics" element={<MetricsPage />} />
            <Route path="metrics/:metric" element={<MetricPage />} />
            <Route path="alerts" element={<AlertsPage />} />
            <Route path="alerts/new" element={<NewAlertPage />} />
            <Route path="alerts/:id" element={<AlertPage />} />
            <Route path="alerts/:id/edit" element={<EditAlertPage />} />
            <Route path="members" element={<MembersPage />} />
            <Route path="tokens" element={<TokensPage />} />
            <Route path="settings" element={<SettingsPage />} />
          </Route>
        ))}
        <Route path="organizations/:organization/teams" element={<TeamsPage />} />
      </Route>
    </Route>
    <Route path="*" element={<NotFoundPage />} />
  </Route>,
);
