# What the bench scripts share. Source it: . "$(dirname "$0")/bench-lib.sh"
# Builds what is missing, starts and ends sink, nginx and agent, runs the load generator, names the machine.

. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

subject_core=0
tools_core=1
if [ "$(nproc)" -lt 2 ]; then
    tools_core=0
fi
agent_command=
with_agent=1
work=$(mktemp -d)
results=$work/results
mkdir "$results"
started_pids=()
tool_flags=(
    --add-opens=java.base/java.nio=ALL-UNNAMED --enable-native-access=ALL-UNNAMED --sun-misc-unsafe-memory-access=allow
    -XX:+UseSerialGC -Xms256m -Xmx1g -XX:-UsePerfData -Dio.netty.leakDetection.level=disabled
)

end_all() {
    local pid
    for pid in "${started_pids[@]}"; do
        kill "$pid" 2>/dev/null || true
    done
    for pid in "${started_pids[@]}"; do
        wait "$pid" 2>/dev/null || true
    done
    started_pids=()
}
trap 'end_all; [ -z "${LOAD_PID:-}" ] || kill "$LOAD_PID" 2>/dev/null || true; rm -rf "$work"' EXIT

# Ends one process of ours: end_one PID
end_one() {
    local pid left=()
    kill "$1" 2>/dev/null || true
    wait "$1" 2>/dev/null || true
    for pid in "${started_pids[@]}"; do
        [ "$pid" = "$1" ] || left+=("$pid")
    done
    started_pids=("${left[@]}")
}

# Builds benchmarks and agent when their packages are missing or older than a source.
bench_build() {
    need_build_tools
    local mark=$root/benchmarks/target/dist/lib
    if [ ! -d "$mark" ] || [ -n "$(find "$root"/*/src/main "$root"/*/pom.xml "$root/pom.xml" -newer "$mark" -print -quit)" ]; then
        maven -Dquick -Ddist.skip=false -DskipTests package
    fi
    java=$JAVA_HOME/bin/java
    tool_classpath=$mark/*
}

# Runs a program of the benchmarks on the tools' core: tool MAIN ARGS...
tool() {
    taskset -c "$tools_core" "$java" "${tool_flags[@]}" -cp "$tool_classpath" "dev.colonnade.benchmarks.$1" "${@:2}"
}

describe_run() {
    say "machine: $(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -n 1), $(nproc) processors, Linux $(uname -r)"
    say "cores: subject on $subject_core, generator and sink on $tools_core"
    say "commit: $(git -C "$root" rev-parse --short HEAD 2>/dev/null || echo unknown)$(git -C "$root" diff --quiet HEAD 2>/dev/null || echo ', changed')"
    say "command: $1"
}

# A port that nobody listens on, below the range that the kernel gives to clients.
next_port=$((20000 + RANDOM % 8000))
free_port() {
    next_port=$((next_port + 1))
    while (: <>"/dev/tcp/127.0.0.1/$next_port") 2>/dev/null; do
        next_port=$((next_port + 1))
    done
    port=$next_port
}

# Starts the sink; sets sink_pid, sink_grpc, sink_http, sink_control.
start_sink() {
    local line
    exec {sink_out}< <(exec taskset -c "$tools_core" "$java" "${tool_flags[@]}" -cp "$tool_classpath" \
        dev.colonnade.benchmarks.sink.SinkMain "$@")
    sink_pid=$!
    started_pids+=("$sink_pid")
    read -r line <&"$sink_out" || die "sink did not start"
    sink_grpc=${line##* grpc=} sink_grpc=${sink_grpc%% *}
    sink_http=${line##* http=} sink_http=${sink_http%% *}
    sink_control=http://127.0.0.1:${line##* control=}
}

sink_post() { curl --silent --show-error --fail --request POST "$sink_control$1" >/dev/null; }

find_nginx() {
    nginx=$(command -v nginx || echo /usr/sbin/nginx)
    [ -x "$nginx" ]
}

# Whether that nginx can be a TCP proxy.
nginx_has_stream() {
    [ -f /usr/lib/nginx/modules/ngx_stream_module.so ] || "$nginx" -V 2>&1 | grep -E -e '--with-stream( |$)' >/dev/null
}

need_nginx() {
    find_nginx || die "nginx not found, it is the yardstick: install it (Debian: apt-get install nginx-light libnginx-mod-stream)"
}

# Starts nginx: start_nginx http-proxy|tcp-proxy UPSTREAM_PORT; sets nginx_port, nginx_pid, nginx_worker.
start_nginx() {
    local prefix=$work/nginx-$1-$2 module='' user=''
    free_port
    nginx_port=$port
    mkdir -p "$prefix"
    # Debian has the stream module in a package of its own, other builds have it inside.
    [ ! -f /usr/lib/nginx/modules/ngx_stream_module.so ] || module='load_module /usr/lib/nginx/modules/ngx_stream_module.so;'
    [ "$(id -u)" != 0 ] || user='user root;'
    sed -e "s|@PREFIX@|$prefix|g; s|@LISTEN@|$nginx_port|g; s|@UPSTREAM@|$2|g; s|@BUFFER@|65536|g" \
        -e "s|@MODULE@|$module|; s|@USER@|$user|" "$root/benchmarks/nginx/$1.conf.template" >"$prefix/nginx.conf"
    taskset -c "$subject_core" "$nginx" -p "$prefix" -e "$prefix/error.log" -c "$prefix/nginx.conf" &
    nginx_pid=$!
    started_pids+=("$nginx_pid")
    nginx_worker=
    while [ -z "$nginx_worker" ]; do
        kill -0 "$nginx_pid" 2>/dev/null || die "nginx did not start: $(cat "$prefix/error.log")"
        nginx_worker=$(pgrep -P "$nginx_pid" | head -n 1 || true)
    done
}

# Starts the agent: start_agent CODEC_OUT PROTOCOL_OUT [QUEUE_BYTES|wait]; sets agent_pid, agent_grpc,
# agent_http, agent_metrics, and agent_started_us (since 1970, just before the launcher ran).
# The codec is none, gzip or zstd; the protocol says which exporter the pipelines use;
# wait: requests are answered when they are delivered. The variable agent_storage may hold the section `storage`,
# agent_actions the list of actions of an `attributes` processor in all pipelines, agent_self the section `metrics` of
# its own telemetry.
agent_actions=
agents=0
start_agent() {
    local config exporter=otlp_$2 queue='' processors='' chain=''
    agents=$((agents + 1))
    config=$work/agent-$agents.yaml
    free_port && agent_grpc=$port
    free_port && agent_http=$port
    free_port && agent_metrics=$port
    case ${3:-} in
        '') ;;
        wait) queue='sending_queue: {wait_for_result: true}' ;;
        *) queue="sending_queue: {sizer: bytes, queue_size: $3}" ;;
    esac
    if [ -n "$agent_actions" ]; then
        processors="processors: {attributes: {actions: $agent_actions}}"
        chain='processors: [attributes], '
    fi
    cat >"$config" <<YAML
$processors
receivers:
  otlp:
    protocols:
      grpc: {endpoint: "127.0.0.1:$agent_grpc"}
      http: {endpoint: "127.0.0.1:$agent_http"}
exporters:
  otlp_grpc:
    endpoint: "127.0.0.1:$sink_grpc"
    compression: $1
    tls: {insecure: true}
    $queue
  otlp_http:
    endpoint: "http://127.0.0.1:$sink_http"
    compression: $1
    $queue
${agent_storage:+storage: $agent_storage}
service:
  telemetry:
    metrics: ${agent_self:-"{readers: [{pull: {exporter: {prometheus: {host: 127.0.0.1, port: $agent_metrics}}}}]}"}
  pipelines:
    logs: {receivers: [otlp], ${chain}exporters: [$exporter]}
    traces: {receivers: [otlp], ${chain}exporters: [$exporter]}
    metrics: {receivers: [otlp], ${chain}exporters: [$exporter]}
YAML
    agent_started_us=${EPOCHREALTIME//[!0-9]/}
    # shellcheck disable=SC2086
    taskset -c "$subject_core" ${agent_command:-"$root/agent/target/dist/bin/colonnade"} --config "$config" \
        >"$work/agent.log" 2>&1 &
    agent_pid=$!
    started_pids+=("$agent_pid")
}

agent_port() { if [ "$1" = grpc ]; then say "$agent_grpc"; else say "$agent_http"; fi; }

# Waits until the agent listens, and asks for its metrics only where it publishes them.
await_agent() {
    metrics_option=()
    until (: <>"/dev/tcp/127.0.0.1/$agent_grpc") 2>/dev/null; do
        kill -0 "$agent_pid" 2>/dev/null || die "agent did not start: $(tail -n 20 "$work/agent.log")"
        sleep 0.1
    done
    if curl --silent --fail --output /dev/null "http://127.0.0.1:$agent_metrics/metrics"; then
        metrics_option=(--metrics "http://127.0.0.1:$agent_metrics/metrics")
    fi
}

# Starts the load generator, one warm process for all rounds, which compiles its code once.
start_load() {
    coproc LOAD { exec taskset -c "$tools_core" "$java" "${tool_flags[@]}" -cp "$tool_classpath" \
        dev.colonnade.benchmarks.load.LoadMain --serve; }
    load_in=${LOAD[1]} load_out=${LOAD[0]}
}

# One round: run_load GROUP SUBJECT YARDSTICK ARGS...; the figures go to the results, and a failure ends the script.
# With sink_control empty nothing is asked of a sink.
round=0
run_load() {
    local file line
    round=$((round + 1))
    file=$results/$(printf '%05d' "$round").facts
    printf 'group=%s\nsubject=%s\nyardstick=%s\n' "$1" "$2" "$3" >"$file"
    say "${*:4}${sink_control:+ --sink $sink_control} --generator $round" >&"$load_in"
    while IFS= read -r line <&"$load_out" && [ "$line" != end ]; do
        if [ "$line" = failed ]; then
            [ ! -s "$work/agent.log" ] || tail -n 20 "$work/agent.log" >&2
            die "round failed: group=$1, subject=$2"
        fi
        say "$line" >>"$file"
    done
    [ -z "${BENCH_VERBOSE:-}" ] || say "round $round: $1, $2" >&2
    [ -z "$sink_control" ] || sink_post /reset
}

# A figure of the last round: fact NAME
fact() { sed -n "s/^$1=//p" "$results/$(printf '%05d' "$round").facts"; }

# Prints the table of all rounds, or the rounds themselves: report KIND [json]
report() {
    local status=0
    tool ReportMain "${2:-$1}" "$results" || status=$?
    return "$status"
}
