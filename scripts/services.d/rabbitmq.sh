# RabbitMQ: one node with an Erlang port mapper of its own, so that nothing else on the machine is touched.

rabbitmq_bin() {
  local candidate
  for candidate in /usr/lib/rabbitmq/bin /usr/lib/rabbitmq/lib/rabbitmq_server-*/sbin; do
    if [ -x "$candidate/rabbitmq-server" ]; then echo "$candidate"; return; fi
  done
  fail "RabbitMQ is not installed; run: scripts/services install rabbitmq"
}

rabbitmq_install() {
  if [ -x /usr/lib/rabbitmq/bin/rabbitmq-server ]; then return; fi
  apt_install rabbitmq-server
}

rabbitmq_start() {
  local at=$1 bin
  bin=$(rabbitmq_bin)
  if [ "$(rabbitmq_status "$at")" = "rabbitmq: running" ]; then return; fi
  if [ ! -f "$at/port" ]; then
    mkdir -p "$at/home" "$at/data" "$at/log"
    free_port > "$at/epmd-port"
    free_port > "$at/dist-port"
    printf 'loopback_users = none\ndefault_user = cave\ndefault_pass = cave\nlog.file.level = warning\n' > "$at/rabbitmq.conf"
    echo '[].' > "$at/enabled_plugins"
    free_port > "$at/port"
  fi
  start_process "$at" env $(rabbitmq_environment "$at") "$bin/rabbitmq-server"
  wait_for "$at" rabbitmq rabbitmq_serves "$at"
}

rabbitmq_environment() {
  local at=$1
  echo "HOME=$at/home ERL_EPMD_PORT=$(cat "$at/epmd-port") ERL_EPMD_ADDRESS=127.0.0.1 RABBITMQ_NODENAME=cave@localhost" \
    "RABBITMQ_NODE_IP_ADDRESS=127.0.0.1 RABBITMQ_NODE_PORT=$(cat "$at/port") RABBITMQ_DIST_PORT=$(cat "$at/dist-port")" \
    "RABBITMQ_MNESIA_BASE=$at/data RABBITMQ_LOG_BASE=$at/log RABBITMQ_CONFIG_FILE=$at/rabbitmq.conf" \
    "RABBITMQ_ENABLED_PLUGINS_FILE=$at/enabled_plugins RABBITMQ_CONF_ENV_FILE=/dev/null"
}

# The port opens once the node has recovered its queues; the header makes it answer with its version.
rabbitmq_serves() {
  node -e 'const s=require("node:net").connect(Number(process.argv[1]),"127.0.0.1",()=>s.write("AMQP\0\0\x09\x01"));s.on("data",()=>process.exit(0));s.on("error",()=>process.exit(1));setTimeout(()=>process.exit(1),1000)' "$(cat "$1/port")"
}

rabbitmq_stop() {
  stop_process "$1"
  rabbitmq_end_port_mapper "$1"
}

rabbitmq_kill() {
  kill_process "$1"
  rabbitmq_end_port_mapper "$1"
}

rabbitmq_end_port_mapper() {
  if [ -f "$1/epmd-port" ]; then ERL_EPMD_PORT=$(cat "$1/epmd-port") epmd -kill >/dev/null 2>&1 || true; fi
}

rabbitmq_forget() {
  rabbitmq_kill "$1"
  rm -rf "$1/data"
}

rabbitmq_pids() { process_pids "$1"; }
rabbitmq_status() { process_status "$1" rabbitmq; }

rabbitmq_env() {
  [ -f "$1/port" ] || fail "rabbitmq was never started in $1"
  echo "export CAVE_TEST_RABBITMQ_URL=amqp://cave:cave@127.0.0.1:$(cat "$1/port")"
}
