-- What grows for ever is deleted by age; these find the oldest rows.

create index alert_events_created_at_idx on alert_events (created_at);
create index deliveries_settled_created_at_idx on deliveries (created_at) where status <> 'pending';
create index status_issues_closed_at_idx on status_issues (closed_at) where closed_at is not null;
create index audit_created_at_idx on audit (created_at);
