/**
 * The tool's own first script, by the name under which it records it. It is recorded as run,
 * so that `sem-apply` on a database that `cave migrate` began does not create the schema
 * again; the tool's later scripts (its function library) only replace or add, and it runs
 * them itself when it first sees the database.
 */
export const BOOTSTRAP_SCRIPT = '20130318-105434.sql';

/** The same tables and constraint names as Schema Evolution Manager creates. */
export const BOOTSTRAP_SQL = `
create schema schema_evolution_manager;
create table schema_evolution_manager.scripts (
  id         bigserial constraint scripts_id_pk primary key,
  filename   varchar(100) not null constraint scripts_filename_un unique,
  created_at timestamp with time zone default now() not null
);
create table schema_evolution_manager.bootstrap_scripts (
  id         bigserial constraint bootstrap_scripts_id_pk primary key,
  filename   varchar(100) not null constraint bootstrap_scripts_filename_un unique,
  created_at timestamp with time zone default now() not null
);
comment on table schema_evolution_manager.scripts is 'Scripts applied to this database, each at most once.';
comment on table schema_evolution_manager.bootstrap_scripts is 'Scripts of the schema evolution manager itself.';
`;
