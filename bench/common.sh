# common.sh -- What the scripts of bench/ share: finding the tools, starting and ending servers.
# To be sourced from the root of the tree. Servers listen on free ports of the loopback; only
# processes started here are ended, by their ids, also when the script is interrupted.

build=${BENCH_BUILD:-build/release}
torc=$build/torc
load=$build/bench/load
limit=$build/bench/limit
probe=$build/bench/probe
output=build/bench

server_core=0
load_core=1
[ "$(nproc)" -ge 2 ] || load_core=0

scratch=
pids=

say() { printf '%s\n' "$*"; }

give_up()
{
    printf '%s: %s\n' "${0##*/}" "$*" >&2
    exit 1
}

# It has ended and been waited for: its id may soon be another's.
forget() # pid
{
    remaining=
    for other in $pids; do
        [ "$other" = "$1" ] || remaining="$remaining $other"
    done
    pids=$remaining
}

# Ends one server and waits for it, ten seconds at most before it is killed.
stop_server() # pid
{
    kill -TERM "$1" 2>/dev/null || true
    patience=100
    while kill -0 "$1" 2>/dev/null && [ $patience -gt 0 ]; do
        sleep 0.1
        patience=$((patience - 1))
    done
    kill -KILL "$1" 2>/dev/null || true
    wait "$1" 2>/dev/null || true
    forget "$1"
}

clean_up()
{
    status=$?
    trap - EXIT INT TERM HUP
    for other in $pids; do
        stop_server "$other"
    done
    [ -z "$scratch" ] || rm -rf "$scratch"
    exit $status
}

prepare()
{
    for tool in "$load" "$limit" "$probe"; do
        [ -x "$tool" ] || give_up "$tool is missing: make bench-tools"
    done
    command -v redis-server >/dev/null ||
        give_up "redis-server is missing: apt install redis-server"
    command -v redis-cli >/dev/null ||
        give_up "redis-cli is missing: apt install redis-tools"
    trap clean_up EXIT
    trap 'exit 130' INT TERM HUP
    scratch=$(mktemp -d)
    mkdir -p "$output"
}

torc_is_built() { [ -x "$torc" ]; }

# Starts a server; sets `port` and `pid`, to be kept by the caller under names of its own.
start_server() # kind [cores]
{
    kind=$1
    cores=${2:-$server_core}
    port=$($probe free-port)
    log=$scratch/$kind.$port.log
    case $kind in
    torc) set -- "$torc" --port "$port" --bind 127.0.0.1 --shards 1 ;;
    torc-2) set -- "$torc" --port "$port" --bind 127.0.0.1 --shards 2 --shard-cpus "$cores" ;;
    redis) set -- redis-server --port "$port" --bind 127.0.0.1 --save "" --appendonly no \
        --dir "$scratch" ;;
    limit) set -- "$limit" --port "$port" ;;
    *) give_up "no server is called $kind" ;;
    esac
    taskset -c "$cores" "$@" >"$log" 2>&1 &
    pid=$!
    pids="$pids $pid"
    if ! $probe ready "$port"; then
        tail -n 20 "$log" >&2
        give_up "$kind does not start"
    fi
    kill -0 "$pid" 2>/dev/null || give_up "$kind has gone: $(tail -n 5 "$log")"
}

# A field of INFO, such as used_memory.
info_field() # port name
{
    redis-cli -p "$1" info | tr -d '\r' | awk -F: -v name="$2" '$1 == name { print $2; exit }'
}

resident_bytes() # pid
{
    awk '$1 == "VmRSS:" { print $2 * 1024 }' "/proc/$1/status"
}
