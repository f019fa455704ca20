#!/usr/bin/env bash
# The quick performance test: builds what is missing or stale, then measures the agent for about a minute.
#
#   scripts/quick-perf-test.sh quick [--json] [--limit NAME=VALUE]...
#
# One table: processor time per record beside nginx in the same minute, latency at a fixed offered rate, bytes per held
# record, garbage, memory, start time. `--json` prints one JSON object and nothing else on standard output.
# Exit code 0: every limit held; 1: one was missed, or the test could not run; 2: wrong arguments.
#
# The limits hold on shared, noisy machines: they find what broke, not what became a little slower. A figure with a limit
# that could not be measured is a miss; where nginx is absent its ratio is not asked for.
set -euo pipefail
limits=(
    http-ratio=4       # agent / nginx-http, processor time per record
    grpc-ratio=6       # agent / nginx-tcp, processor time per record
    lost=0             # records lost or changed
    p99-ms=1000        # client's p99, from the intended time of sending to the answer
    held-factor=1.3    # bytes per held record <= held-factor * bytes of OTLP + held-plus
    held-plus=64
    garbage-bytes=65536 # heap allocated per request of 1,000 records, by the whole process
    gc-percent=10      # share of time in collections
    rss-mib=1024       # most resident memory, backend down included
    start-ms=5000      # median start, from the launcher's exec to the first request answered 200
)
records=1000 rounds=2 seconds=2 tools_warmup=2 agent_warmup=6         # through: closed loop
rate=20000 latency_records=100 latency_seconds=3 latency_warmup=3     # latency: open loop, records a second
held_records=200000 held_rate=100000                                  # backend down
starts=5

usage() {
    printf '%s\n' "$1" "usage: scripts/quick-perf-test.sh quick [--json] [--limit NAME=VALUE]..." \
        "limits: ${limits[*]}" >&2
    exit 2
}

# set_limit NAME=VALUE
set_limit() {
    local i
    [[ $1 =~ ^[a-z0-9-]+=[0-9]+(\.[0-9]+)?$ ]] || usage "limit is not NAME=VALUE with a number: limit=$1"
    for i in "${!limits[@]}"; do
        if [ "${limits[i]%%=*}" = "${1%%=*}" ]; then
            limits[i]=$1
            return
        fi
    done
    usage "unknown limit: limit=${1%%=*}"
}

command_line="scripts/quick-perf-test.sh $*"
case ${1:-} in
    quick) shift ;;
    suite)
        printf '%s\n' "scripts/quick-perf-test.sh suite: not there yet, only \`quick\` exists so far" >&2
        exit 2
        ;;
    *) usage "which test: ${1:-none was named}" ;;
esac
json=
while [ $# -gt 0 ]; do
    case $1 in
        --json) json=1 ;;
        --limit)
            [ $# -gt 1 ] || usage "--limit has no value"
            set_limit "$2"
            shift
            ;;
        *) usage "unknown argument: $1" ;;
    esac
    shift
done

. "$(dirname "$0")/bench-lib.sh"
for tool_name in curl taskset; do
    command -v "$tool_name" >/dev/null || die "$tool_name not found: install it (Debian: apt-get install curl util-linux)"
done
begun=$SECONDS
bench_build >&2
built=$SECONDS
about=$(describe_run "$command_line")
# The script's own work, such as asking a starting agent again and again, belongs on the tools' core.
taskset -cp "$tools_core" $$ >/dev/null

start_yardstick() { # start_yardstick http-proxy|tcp-proxy UPSTREAM_PORT; sets yardstick_port, yardstick_pid, or empties them
    yardstick_port='' yardstick_pid=''
    find_nginx || return 0
    [ "$1" = http-proxy ] || nginx_has_stream || return 0
    start_nginx "$1" "$2"
    yardstick_port=$nginx_port yardstick_pid=$nginx_worker
}

agent_page() { curl --silent --show-error --fail "http://127.0.0.1:$agent_metrics/metrics"; }

# start_measured [wait]: an agent that listens and publishes its metrics.
start_measured() {
    start_agent none "$protocol" "$@"
    until agent_page >/dev/null 2>&1; do
        kill -0 "$agent_pid" 2>/dev/null || die "agent did not start: $(tail -n 20 "$work/agent.log")"
    done
    await_agent
}

# measure GROUP SUBJECT PID PORT WARMUP SECONDS RECORDS MORE...
measure() {
    run_load "$1" "$2" "$yardstick" --protocol "$protocol" --data logs-350 --watch-pid "$3" --target "127.0.0.1:$4" \
        --warmup "$5" --duration "$6" --records-per-request "$7" "${@:8}"
}

# Microseconds from the launcher's exec to the first OTLP/HTTP request answered 200: time_start; sets took_us.
time_start() {
    local answer='' body='\012\027\022\025\022\023\052\021\012\017hello colonnade'
    start_agent none http
    until { exec 9<>"/dev/tcp/127.0.0.1/$agent_http"; } 2>/dev/null; do
        kill -0 "$agent_pid" 2>/dev/null || die "agent did not start: $(tail -n 20 "$work/agent.log")"
    done
    # shellcheck disable=SC2059
    printf "POST /v1/logs HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/x-protobuf\r\nContent-Length: 25\r\n\r\n$body" >&9
    IFS= read -t 10 -r answer <&9 || true
    took_us=$((${EPOCHREALTIME//[!0-9]/} - agent_started_us))
    exec 9>&-
    [[ $answer == "HTTP/1.1 200"* ]] || die "agent did not answer 200: answer=$answer"
    end_one "$agent_pid"
}

# The figures of one protocol; leaves its sink running. In the closed loop the agent answers when the sink has answered,
# as nginx does: otherwise it would take in more than the sink counts, and its store would be full for the rounds after.
measure_protocol() {
    local i warmup=$agent_warmup yardstick_warmup=$tools_warmup sink_port=$sink_http proxy=http-proxy
    yardstick=nginx-http
    if [ "$protocol" = grpc ]; then
        yardstick=nginx-tcp sink_port=$sink_grpc proxy=tcp-proxy
    fi
    start_yardstick "$proxy" "$sink_port"
    start_measured wait
    for ((i = 0; i < rounds; i++)); do
        [ -z "$yardstick_port" ] || measure "$protocol" "$yardstick" "$yardstick_pid" "$yardstick_port" "$yardstick_warmup" "$seconds" "$records"
        measure "$protocol" agent "$agent_pid" "$(agent_port "$protocol")" "$warmup" "$seconds" "$records" "${metrics_option[@]}"
        warmup=1 yardstick_warmup=0.5
    done
    end_one "$agent_pid"
    start_measured
    measure "$protocol latency" agent "$agent_pid" "$(agent_port "$protocol")" "$latency_warmup" "$latency_seconds" "$latency_records" \
        --rate "$rate" --connections 4 "${metrics_option[@]}"
    end_one "$agent_pid"
}

# Has an agent hold records: one that has delivered a few, so that its code is there, and has never had a backlog, so that
# its memory is not. Then the sink goes, and nobody listens on the exporter's port.
measure_held() {
    yardstick=agent
    start_measured
    measure 'before held' agent "$agent_pid" "$agent_http" 0 2 "$records" --rate "$rate"
    end_one "$sink_pid"
    sink_control=
    agent_page >"$results/held-before"
    measure held agent "$agent_pid" "$agent_http" 0 $((held_records / held_rate)) "$records" --rate "$held_rate"
    agent_page >"$results/held-after"
    # What it holds has nowhere to go: ended in order it would wait for its deadline.
    kill -KILL "$agent_pid"
    end_one "$agent_pid"
}

[ -n "$json" ] || say "$about"
for limit in "${limits[@]}"; do
    limit=${limit//-/_}
    say "limit_$limit" >>"$results/run"
done
sed -n 's/^\([a-z]*\): /\1=/p' <<<"$about" >>"$results/run"

start_sink
for ((n = 1; n <= starts; n++)); do
    time_start
    say "start_us_$n=$took_us" >>"$results/run"
done
sink_post /reset

start_load
protocol=grpc
measure_protocol
end_all
protocol=http
start_sink
measure_protocol
measure_held
end_all
if [ -z "$json" ]; then
    say "data: logs-350, no codec in or out; through: closed loop, answered when delivered, $records records a request, $rounds rounds of $seconds s in turns"
    say "answer: open loop, $rate records/s, $latency_records a request, 4 connections; backend down: $held_records records offered"
    say "took: $((SECONDS - begun)) s, of them build $((built - begun)) s"
    report quick
else
    report quick quick-json
fi
