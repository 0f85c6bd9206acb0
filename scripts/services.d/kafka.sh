# Kafka (KRaft, one node that is broker and controller) from the jars of Maven Central, on a JVM.

# Another version by the environment, such as KAFKA_VERSION=3.9.1.
KAFKA_VERSION=${KAFKA_VERSION:-4.4.0}

KAFKA_PASSWORD=let-me-in

kafka_jars() { echo "${XDG_CACHE_HOME:-$HOME/.cache}/cave-services/kafka-$KAFKA_VERSION"; }

kafka_install() {
  command -v java >/dev/null || apt_install openjdk-17-jre-headless
  command -v openssl >/dev/null || apt_install openssl
  if [ -f "$(kafka_jars)/complete" ]; then return; fi
  command -v mvn >/dev/null || apt_install maven
  mvn -q -B -f "$here/services.d/kafka/pom.xml" org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy-dependencies -Dkafka.version="$KAFKA_VERSION" -DoutputDirectory="$(kafka_jars)"
  touch "$(kafka_jars)/complete"
}

# As Kafka's own: none that begins with a hyphen, which would read as an option.
kafka_cluster_id() {
  node -p 'let id; do id = require("node:crypto").randomBytes(16).toString("base64url"); while (id.startsWith("-")); id'
}

kafka_start() {
  local at=$1
  [ -f "$(kafka_jars)/complete" ] || fail "Kafka is not installed; run: scripts/services install kafka"
  if [ "$(kafka_status "$at")" = "kafka: running" ]; then return; fi
  if [ ! -f "$at/port" ]; then
    mkdir -p "$at"
    local port controller proxied guarded
    port=$(free_port)
    controller=$(free_port)
    # Clients connect to where the broker says: for those that come through a proxy it is another listener.
    proxied=$(free_port)
    guarded=$(free_port)
    free_port > "$at/proxy-port"
    echo "$proxied" > "$at/proxied-port"
    echo "$guarded" > "$at/guarded-port"
    openssl req -x509 -newkey rsa:2048 -nodes -days 3650 -subj /CN=127.0.0.1 -addext subjectAltName=IP:127.0.0.1 \
      -keyout "$at/key.pem" -out "$at/certificate.pem" 2>/dev/null || fail "Kafka needs openssl for a certificate"
    cat "$at/key.pem" "$at/certificate.pem" > "$at/keystore.pem"
    cat > "$at/server.properties" <<CONF
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:$controller
controller.listener.names=CONTROLLER
listeners=PLAINTEXT://127.0.0.1:$port,PROXIED://127.0.0.1:$proxied,GUARDED://127.0.0.1:$guarded,CONTROLLER://127.0.0.1:$controller
advertised.listeners=PLAINTEXT://127.0.0.1:$port,PROXIED://127.0.0.1:$(cat "$at/proxy-port"),GUARDED://127.0.0.1:$guarded
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,PROXIED:PLAINTEXT,GUARDED:SASL_SSL,CONTROLLER:PLAINTEXT
listener.name.guarded.ssl.keystore.type=PEM
listener.name.guarded.ssl.keystore.location=$at/keystore.pem
listener.name.guarded.sasl.enabled.mechanisms=PLAIN,SCRAM-SHA-256,SCRAM-SHA-512
listener.name.guarded.plain.sasl.jaas.config=org.apache.kafka.common.security.plain.PlainLoginModule required user_cave="$KAFKA_PASSWORD";
listener.name.guarded.scram-sha-256.sasl.jaas.config=org.apache.kafka.common.security.scram.ScramLoginModule required;
listener.name.guarded.scram-sha-512.sasl.jaas.config=org.apache.kafka.common.security.scram.ScramLoginModule required;
log.dirs=$at/data
auto.create.topics.enable=false
offsets.topic.replication.factor=1
offsets.topic.num.partitions=4
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
transaction.state.log.num.partitions=1
group.initial.rebalance.delay.ms=0
# A killed broker comes back as soon as its former self is given up.
broker.session.timeout.ms=2000
broker.heartbeat.interval.ms=500
# One node: what it answers for must be on its disk.
log.flush.interval.messages=1
CONF
    echo "$port" > "$at/port"
  fi
  local java=(java -Xmx512m -Xms128m -XX:+UseSerialGC -XX:TieredStopAtLevel=1 -Dorg.slf4j.simpleLogger.defaultLogLevel=warn -cp "$(kafka_jars)/*")
  if [ ! -f "$at/data/meta.properties" ]; then
    "${java[@]}" kafka.tools.StorageTool format -t "$(kafka_cluster_id)" -c "$at/server.properties" \
      -S "SCRAM-SHA-256=[name=cave,password=$KAFKA_PASSWORD]" -S "SCRAM-SHA-512=[name=cave,password=$KAFKA_PASSWORD]" > "$at/format.log" 2>&1 ||
      fail "Kafka cannot format its directory; see $at/format.log"
  fi
  start_process "$at" "${java[@]}" kafka.Kafka "$at/server.properties"
  wait_for "$at" kafka kafka_serves "$at"
}

# ApiVersions, the first request of every client: answered once the broker has left recovery.
kafka_serves() {
  node -e 'const s=require("node:net").connect(Number(process.argv[1]),"127.0.0.1",()=>s.write(Buffer.from("0000000e0012000000000001000463617665","hex")));s.on("data",()=>process.exit(0));s.on("error",()=>process.exit(1));setTimeout(()=>process.exit(1),2000)' "$(cat "$1/port")"
}

kafka_stop() { stop_process "$1"; }
kafka_kill() { kill_process "$1"; }
kafka_forget() {
  kafka_kill "$1"
  rm -rf "$1/data"
}

kafka_pids() { process_pids "$1"; }
kafka_status() { process_status "$1" kafka; }

kafka_env() {
  [ -f "$1/port" ] || fail "kafka was never started in $1"
  echo "export CAVE_TEST_KAFKA_URL=kafka://127.0.0.1:$(cat "$1/port")"
  echo "export CAVE_TEST_KAFKA_URL_BEHIND_PROXY=kafka://127.0.0.1:$(cat "$1/proxied-port")"
  echo "export CAVE_TEST_KAFKA_URL_PROXY_PORT=$(cat "$1/proxy-port")"
  echo "export CAVE_TEST_KAFKA_URL_GUARDED=kafka://cave:$KAFKA_PASSWORD@127.0.0.1:$(cat "$1/guarded-port")"
  echo "export CAVE_TEST_KAFKA_URL_GUARDED_CERTIFICATE=$1/certificate.pem"
}
