# PostgreSQL. It refuses to run as root, so root runs it as the system user `postgres`.

postgres_bin() {
  local candidate
  for candidate in $(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -rV); do
    if [ -x "$candidate/pg_ctl" ]; then echo "$candidate"; return; fi
  done
  candidate=$(command -v pg_ctl) || fail "PostgreSQL is not installed; run: scripts/services install postgres"
  dirname "$candidate"
}

postgres_as() {
  if [ "$(id -u)" = 0 ]; then (cd / && setpriv --reuid=postgres --regid=postgres --init-groups "$@"); else "$@"; fi
}

postgres_install() {
  if ls /usr/lib/postgresql/*/bin/pg_ctl >/dev/null 2>&1 || command -v pg_ctl >/dev/null; then return; fi
  apt_install postgresql
}

postgres_start() {
  local at=$1 bin
  bin=$(postgres_bin)
  if [ "$(postgres_status "$at")" = "postgres: running" ]; then return; fi
  if [ ! -f "$at/data/PG_VERSION" ]; then
    mkdir -p "$at"
    if [ "$(id -u)" = 0 ]; then chown postgres "$at" && chmod 711 "$(dirname "$at")"; fi
    # With a password, so that tests see a wrong one refused.
    echo cave > "$at/password"
    postgres_as "$bin/initdb" -D "$at/data" -U cave -A scram-sha-256 --pwfile="$at/password" -E UTF8 --no-locale >/dev/null
    [ -f "$at/port" ] || free_port > "$at/port"
  fi
  postgres_as "$bin/pg_ctl" -D "$at/data" -w -t 60 -l "$at/data/server.log" \
    -o "-p $(cat "$at/port") -c listen_addresses=127.0.0.1 -c unix_socket_directories=''" start >/dev/null
  local -x PGPASSWORD=cave
  postgres_as "$bin/psql" -h 127.0.0.1 -p "$(cat "$at/port")" -U cave -d postgres -tAc "select 1 from pg_database where datname = 'cave'" | grep -q 1 ||
    postgres_as "$bin/createdb" -h 127.0.0.1 -p "$(cat "$at/port")" -U cave cave
}

postgres_stop() {
  if [ -f "$1/data/postmaster.pid" ]; then postgres_as "$(postgres_bin)/pg_ctl" -D "$1/data" -m fast -w stop >/dev/null; fi
}

# A killed process that nobody reaps stays a zombie, which Postgres takes for a live holder
# of its lock file; so the file goes once server and backends are dead.
postgres_kill() {
  [ -f "$1/data/postmaster.pid" ] || return 0
  local server pid
  server=$(head -1 "$1/data/postmaster.pid")
  local all="$server $(cat "/proc/$server/task/$server/children" 2>/dev/null || true)"
  for pid in $all; do kill -KILL "$pid" 2>/dev/null || true; done
  for pid in $all; do
    while [ -r "/proc/$pid/stat" ] && ! grep -q ') Z ' "/proc/$pid/stat" 2>/dev/null; do sleep 0.02; done
  done
  rm -f "$1/data/postmaster.pid"
}

postgres_forget() {
  postgres_kill "$1"
  rm -rf "$1/data"
}

postgres_pids() {
  local server
  [ -f "$1/data/postmaster.pid" ] || return 0
  server=$(head -1 "$1/data/postmaster.pid")
  echo "$server" $(cat "/proc/$server/task/$server/children" 2>/dev/null || true)
}

postgres_status() {
  if [ -f "$1/data/postmaster.pid" ] && postgres_as "$(postgres_bin)/pg_ctl" -D "$1/data" status >/dev/null; then echo "postgres: running"; else echo "postgres: stopped"; fi
}

postgres_env() {
  [ -f "$1/port" ] || fail "postgres was never started in $1"
  echo "export CAVE_TEST_POSTGRES_URL=postgres://cave:cave@127.0.0.1:$(cat "$1/port")/cave"
}
