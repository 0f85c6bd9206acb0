# InfluxDB 1.x with authentication on.

influxdb_install() {
  if command -v influxd >/dev/null; then return; fi
  apt_install influxdb
}

influxdb_start() {
  local at=$1
  command -v influxd >/dev/null || fail "InfluxDB is not installed; run: scripts/services install influxdb"
  if [ "$(influxdb_status "$at")" = "influxdb: running" ]; then return; fi
  if [ ! -f "$at/influxdb.conf" ]; then
    mkdir -p "$at"
    free_port > "$at/port"
    cat > "$at/influxdb.conf" <<CONF
reporting-disabled = true
bind-address = "127.0.0.1:$(free_port)"
[meta]
  dir = "$at/meta"
[data]
  dir = "$at/data"
  wal-dir = "$at/wal"
  query-log-enabled = false
[http]
  bind-address = "127.0.0.1:$(cat "$at/port")"
  auth-enabled = true
  log-enabled = false
[monitor]
  store-enabled = false
CONF
  fi
  start_process "$at" influxd -config "$at/influxdb.conf"
  wait_for "$at" influxdb influxdb_serves "$at"
  # The first user can be created by anybody; later ones only by an administrator.
  curl -sS -o /dev/null -XPOST "http://127.0.0.1:$(cat "$at/port")/query" --data-urlencode "q=CREATE USER cave WITH PASSWORD 'cave' WITH ALL PRIVILEGES"
}

influxdb_serves() {
  curl -sf --max-time 2 -o /dev/null "http://127.0.0.1:$(cat "$1/port")/ping"
}

influxdb_stop() { stop_process "$1"; }
influxdb_kill() { kill_process "$1"; }
influxdb_forget() {
  influxdb_kill "$1"
  rm -rf "$1/meta" "$1/data" "$1/wal"
}

influxdb_pids() { process_pids "$1"; }
influxdb_status() { process_status "$1" influxdb; }

influxdb_env() {
  [ -f "$1/port" ] || fail "influxdb was never started in $1"
  echo "export CAVE_TEST_INFLUXDB_URL=http://cave:cave@127.0.0.1:$(cat "$1/port")"
}
