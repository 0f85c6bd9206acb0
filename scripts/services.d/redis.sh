# Redis, with each write on disk before it is answered.

redis_install() {
  if command -v redis-server >/dev/null; then return; fi
  apt_install redis-server
}

redis_start() {
  local at=$1
  command -v redis-server >/dev/null || fail "Redis is not installed; run: scripts/services install redis"
  if [ "$(redis_status "$at")" = "redis: running" ]; then return; fi
  mkdir -p "$at/data"
  [ -f "$at/port" ] || free_port > "$at/port"
  start_process "$at" redis-server --bind 127.0.0.1 --port "$(cat "$at/port")" --dir "$at/data" --save '' --appendonly yes --appendfsync always --requirepass cave
  wait_for "$at" redis redis_serves "$at"
}

redis_serves() {
  timeout 2 redis-cli -h 127.0.0.1 -p "$(cat "$1/port")" -a cave --no-auth-warning ping 2>/dev/null | grep -q PONG
}

redis_stop() { stop_process "$1"; }
redis_kill() { kill_process "$1"; }
redis_forget() {
  redis_kill "$1"
  rm -rf "$1/data"
}

redis_pids() { process_pids "$1"; }
redis_status() { process_status "$1" redis; }

redis_env() {
  [ -f "$1/port" ] || fail "redis was never started in $1"
  echo "export CAVE_TEST_REDIS_URL=redis://:cave@127.0.0.1:$(cat "$1/port")"
}
