-- A delivery knows its organization, so that the places of a dispatcher are shared among organizations.

alter table deliveries add column organization_id bigint constraint deliveries_organization_id_fk references organizations (id);
update deliveries d set organization_id = a.organization_id from alerts a where a.id = d.alert_id;
alter table deliveries alter column organization_id set not null;

create index deliveries_organization_due_at_idx on deliveries (organization_id, due_at, id) where status = 'pending';
create index deliveries_leased_by_idx on deliveries (organization_id, leased_by) where leased_by is not null;
