-- CAVE's configuration store. Tables are plural, ids are bigserial, deletion is soft
-- (deleted_at) wherever a person could ask later what was there; queues, ledgers and
-- expired secrets are deleted for good.

create table organizations (
  id               bigserial primary key,
  name             varchar(63) not null,
  email            text not null,
  notification_url text not null,
  signing_secret   text not null,
  cluster          text,
  database         text not null constraint organizations_database_un unique,
  version          bigint not null default 1 constraint organizations_version_ck check (version > 0),
  created_at       timestamptz not null default now(),
  updated_at       timestamptz not null default now(),
  deleted_at       timestamptz
);
create unique index organizations_lower_name_not_deleted_un on organizations (lower(name)) where deleted_at is null;
comment on table organizations is 'Tenants. database is the key of the metric space, minted once and never used again, also after deletion.';

create table teams (
  id              bigserial primary key,
  organization_id bigint not null constraint teams_organization_id_fk references organizations (id),
  name            varchar(63) not null,
  cluster         text,
  database        text not null constraint teams_database_un unique,
  version         bigint not null default 1 constraint teams_version_ck check (version > 0),
  created_at      timestamptz not null default now(),
  updated_at      timestamptz not null default now(),
  deleted_at      timestamptz
);
create unique index teams_organization_id_lower_name_not_deleted_un on teams (organization_id, lower(name)) where deleted_at is null;
comment on table teams is 'Tenants within an organization.';

create table users (
  id            bigserial primary key,
  email         text not null,
  first_name    text not null,
  last_name     text not null,
  password_hash text not null,
  created_at    timestamptz not null default now(),
  updated_at    timestamptz not null default now(),
  deleted_at    timestamptz
);
create unique index users_lower_email_not_deleted_un on users (lower(email)) where deleted_at is null;
comment on table users is 'People. password_hash is a PHC string.';

create table memberships (
  id              bigserial primary key,
  organization_id bigint not null constraint memberships_organization_id_fk references organizations (id),
  team_id         bigint constraint memberships_team_id_fk references teams (id),
  user_id         bigint not null constraint memberships_user_id_fk references users (id),
  role            text not null constraint memberships_role_ck check (role in ('admin', 'member', 'viewer')),
  created_at      timestamptz not null default now(),
  updated_at      timestamptz not null default now(),
  deleted_at      timestamptz
);
create unique index memberships_organization_id_user_id_not_deleted_un on memberships (organization_id, user_id) where deleted_at is null and team_id is null;
create unique index memberships_team_id_user_id_not_deleted_un on memberships (team_id, user_id) where deleted_at is null and team_id is not null;
create index memberships_user_id_idx on memberships (user_id) where deleted_at is null;
comment on table memberships is 'Role of a user on an organization (team_id null) or on one of its teams.';

create table invitations (
  id              bigserial primary key,
  organization_id bigint not null constraint invitations_organization_id_fk references organizations (id),
  team_id         bigint constraint invitations_team_id_fk references teams (id),
  email           text not null,
  role            text not null constraint invitations_role_ck check (role in ('admin', 'member', 'viewer')),
  created_at      timestamptz not null default now(),
  updated_at      timestamptz not null default now(),
  deleted_at      timestamptz
);
create unique index invitations_tenant_lower_email_not_deleted_un on invitations (organization_id, coalesce(team_id, 0), lower(email)) where deleted_at is null;
create index invitations_lower_email_idx on invitations (lower(email)) where deleted_at is null;
comment on table invitations is 'Memberships promised to emails that have not registered yet.';

create table tokens (
  id              bigserial primary key,
  organization_id bigint not null constraint tokens_organization_id_fk references organizations (id),
  team_id         bigint constraint tokens_team_id_fk references teams (id),
  description     text not null,
  hint            text not null,
  hash            bytea not null constraint tokens_hash_un unique constraint tokens_hash_ck check (length(hash) = 32),
  created_at      timestamptz not null default now(),
  deleted_at      timestamptz
);
create index tokens_tenant_idx on tokens (organization_id, team_id) where deleted_at is null;
comment on table tokens is 'Secrets of applications, as SHA-256 only.';

create table sessions (
  id         bigserial primary key,
  hash       bytea not null constraint sessions_hash_un unique constraint sessions_hash_ck check (length(hash) = 32),
  user_id    bigint not null constraint sessions_user_id_fk references users (id),
  expires_at timestamptz not null,
  created_at timestamptz not null default now()
);
create index sessions_user_id_idx on sessions (user_id);
create index sessions_expires_at_idx on sessions (expires_at);
comment on table sessions is 'Sessions of logged-in users, as SHA-256 of the token only.';

create table confirmations (
  id         bigserial primary key,
  hash       bytea not null constraint confirmations_hash_un unique constraint confirmations_hash_ck check (length(hash) = 32),
  purpose    text not null constraint confirmations_purpose_ck check (purpose in ('register', 'reset_password')),
  email      text not null,
  expires_at timestamptz not null,
  created_at timestamptz not null default now()
);
create index confirmations_expires_at_idx on confirmations (expires_at);
comment on table confirmations is 'Single-use secrets that were mailed, as SHA-256 only; consuming one deletes it.';

create table alerts (
  id                      bigserial primary key,
  organization_id         bigint not null constraint alerts_organization_id_fk references organizations (id),
  team_id                 bigint constraint alerts_team_id_fk references teams (id),
  description             text not null,
  enabled                 boolean not null,
  period                  text not null,
  condition               text not null,
  handbook_url            text,
  routing                 jsonb,
  repeat_interval_seconds bigint,
  notify                  text not null constraint alerts_notify_ck check (notify in ('changes', 'every_check')),
  notify_no_data          boolean not null,
  notify_error            boolean not null,
  lookback_seconds        bigint,
  version                 bigint not null default 1 constraint alerts_version_ck check (version > 0),
  period_seconds          bigint not null constraint alerts_period_seconds_ck check (period_seconds > 0),
  offset_seconds          bigint not null constraint alerts_offset_seconds_ck check (offset_seconds >= 0),
  effective_from          bigint not null,
  created_at              timestamptz not null default now(),
  updated_at              timestamptz not null default now(),
  deleted_at              timestamptz
);
create index alerts_tenant_idx on alerts (organization_id, team_id, id) where deleted_at is null;
create index alerts_scheduled_idx on alerts (id) include (version, period_seconds, offset_seconds, effective_from) where enabled and deleted_at is null;
comment on table alerts is 'Alerts as they are now; period_seconds, offset_seconds and effective_from repeat the newest version for the scheduler.';

create table alert_versions (
  id               bigserial primary key,
  alert_id         bigint not null constraint alert_versions_alert_id_fk references alerts (id),
  version          bigint not null,
  effective_from   bigint not null,
  enabled          boolean not null,
  deleted          boolean not null,
  period           jsonb not null,
  offset_seconds   bigint not null,
  condition        text not null,
  lookback_seconds bigint,
  created_at       timestamptz not null default now(),
  constraint alert_versions_alert_id_version_un unique (alert_id, version)
);
comment on table alert_versions is 'What governs ticks later than effective_from (seconds) until the next version.';

create table alert_states (
  alert_id        bigint primary key constraint alert_states_alert_id_fk references alerts (id),
  last_tick       bigint,
  state           text not null default 'ok' constraint alert_states_state_ck check (state in ('ok', 'firing')),
  since           bigint,
  health          text not null default 'fine' constraint alert_states_health_ck check (health in ('fine', 'no_data', 'error')),
  sick_checks     bigint not null default 0,
  sick_told       boolean not null default false,
  last_reminder   bigint,
  told_state      text not null default 'ok' constraint alert_states_told_state_ck check (told_state in ('ok', 'firing')),
  settled_version bigint not null default 0,
  alert_version   bigint not null
) with (fillfactor = 60, autovacuum_vacuum_scale_factor = 0.05);
create index alert_states_unsettled_idx on alert_states (alert_id) where settled_version < alert_version;
comment on table alert_states is 'State of each alert after its last recorded tick. alert_version repeats the alert''s version, so that one row decides a compare-and-set. Half-filled pages keep updates in place.';

create table alert_events (
  id         text primary key,
  alert_id   bigint not null constraint alert_events_alert_id_fk references alerts (id),
  tick       bigint not null,
  sequence   bigserial not null,
  event      jsonb not null,
  created_at timestamptz not null default now()
);
create index alert_events_alert_id_tick_idx on alert_events (alert_id, tick desc, sequence desc);
comment on table alert_events is 'Transitions, reminders and sickness, under ids that are a function of (alert, tick, type).';

create table pending_history (
  id       bigserial primary key,
  alert_id bigint not null,
  tick     bigint not null,
  value    smallint not null constraint pending_history_value_ck check (value in (-1, 0, 1)),
  error    text,
  database text not null,
  cluster  text
) with (autovacuum_vacuum_scale_factor = 0.05);
comment on table pending_history is 'Ledger rows on their way to the raw stream, deleted once it holds them. No foreign key: it would cost a look-up for each verdict, and the state row was locked anyway.';

create table deliveries (
  id              bigserial primary key,
  event_id        text not null,
  alert_id        bigint not null constraint deliveries_alert_id_fk references alerts (id),
  receiver        text not null,
  notification    jsonb not null,
  status          text not null default 'pending' constraint deliveries_status_ck check (status in ('pending', 'delivered', 'given_up')),
  attempts        bigint not null default 0,
  due_at          timestamptz not null default now(),
  leased_by       text,
  leased_until    timestamptz,
  created_at      timestamptz not null default now(),
  updated_at      timestamptz not null default now(),
  constraint deliveries_event_id_receiver_un unique (event_id, receiver)
);
create index deliveries_order_idx on deliveries (alert_id, receiver, id) where status = 'pending';
create index deliveries_due_at_idx on deliveries (due_at, id) where status = 'pending';
comment on table deliveries is 'Messages to receivers; those of one alert to one receiver keep the order of their ids.';

create table delivery_attempts (
  id           bigserial primary key,
  delivery_id  bigint not null constraint delivery_attempts_delivery_id_fk references deliveries (id),
  at           timestamptz not null,
  outcome      text not null constraint delivery_attempts_outcome_ck check (outcome in ('delivered', 'retry', 'refused')),
  http_status  bigint,
  answer       text not null
);
create index delivery_attempts_delivery_id_idx on delivery_attempts (delivery_id, id);
comment on table delivery_attempts is 'Every attempt with the receiver''s answer.';

create table change_outbox (
  id         bigserial primary key,
  change     jsonb not null,
  created_at timestamptz not null default now()
);
comment on table change_outbox is 'Configuration changes that the config bus does not hold yet; deleted once it does.';

create table store_tasks (
  id         bigserial primary key,
  task       text not null constraint store_tasks_task_ck check (task in ('create_database', 'drop_database')),
  database   text not null,
  cluster    text,
  created_at timestamptz not null default now()
);
comment on table store_tasks is 'Databases that metrics stores must still create or drop.';

create table number_blocks (
  id         bigserial primary key,
  name       text not null constraint number_blocks_name_un unique,
  next       bigint not null constraint number_blocks_next_ck check (next >= 0)
);
insert into number_blocks (name, next) values ('points', 0);
comment on table number_blocks is 'First number that was never handed out.';

create table offices (
  id         bigserial primary key,
  name       text not null constraint offices_name_un unique,
  epoch      bigint not null,
  watermark  bigint,
  updated_at timestamptz not null default now()
);
comment on table offices is 'Fencing epoch of each office and the watermark only its newest holder may move.';

create table audit (
  id         bigserial primary key,
  who        text not null,
  what       text not null,
  "from"     text not null,
  details    jsonb not null,
  created_at timestamptz not null default now()
);
comment on table audit is 'Who changed what, when, from where.';

create table status_issues (
  id        bigserial primary key,
  kind      text not null,
  message   text not null,
  opened_at timestamptz not null default now(),
  closed_at timestamptz
);
create unique index status_issues_kind_open_un on status_issues (kind) where closed_at is null;
create index status_issues_opened_at_idx on status_issues (opened_at desc);
comment on table status_issues is 'Issues of CAVE itself.';
