#!/bin/sh
# redis-cli and redis-benchmark do real work against the server, on 1, 2 and 7 shards.
#   cli_test.sh [--oracle]
# TORC names the server (build/release/torc). Each run is bounded by timeout(1).

passed=0
failed=0
server=
dir=$(mktemp -d "${TMPDIR:-/tmp}/torc-cli-XXXXXX")
oracle=
[ "$1" = --oracle ] && oracle=yes
torc=${TORC:-build/release/torc}
case $torc in /*) ;; */*) torc=$PWD/$torc ;; esac

ok() { passed=$((passed + 1)); }

fail() {
    failed=$((failed + 1))
    echo "FAIL cli_test: $1 (${shards:-0} shards)"
    [ -s "$dir/out" ] && sed 's/^/    /' "$dir/out" | head -n 20
}

cleanup() {
    [ -n "$server" ] && kill -KILL "$server" 2>/dev/null
    rm -rf "$dir"
}
trap cleanup EXIT
trap 'exit 1' INT TERM

cli() { timeout 60 redis-cli -p "$port" "$@"; }
bench() { timeout 60 redis-benchmark -p "$port" -q "$@"; }

# run description pattern command... : must end with status 0 and print a line like the pattern
run() {
    what=$1
    pattern=$2
    shift 2
    "$@" >"$dir/out" 2>&1
    status=$?
    if [ $status -ne 0 ]; then
        fail "$what: exit status $status"
    elif tr '\r' '\n' <"$dir/out" | grep -Eq "$pattern"; then
        ok
    else
        fail "$what: no line like $pattern"
    fi
}

# run_bounded seconds description pattern option... : redis-cli modes that run until interrupted
run_bounded() {
    seconds=$1
    what=$2
    pattern=$3
    shift 3
    timeout -s INT "$seconds" stdbuf -oL redis-cli -p "$port" "$@" >"$dir/out" 2>&1
    status=$?
    if [ $status -ne 0 ] && [ $status -ne 124 ] && [ $status -ne 130 ]; then
        fail "$what: exit status $status"
    elif tr '\r' '\n' <"$dir/out" | grep -Eq "$pattern"; then
        ok
    else
        fail "$what: no line like $pattern"
    fi
}

launch() {
    if [ -n "$oracle" ]; then
        redis-server --port "$port" --bind 127.0.0.1 --save "" --appendonly no --dir "$dir" \
            >"$dir/log" 2>&1 &
    else
        "$torc" --port "$port" --bind 127.0.0.1 --shards "$shards" >"$dir/log" 2>&1 &
    fi
    server=$!
}

# A port that nobody answers on; another process may still take it first, so start() tries again.
start() {
    tries=0
    while [ $tries -lt 5 ]; do
        tries=$((tries + 1))
        port=$((32000 + ($$ + tries * 7919 + shards * 101) % 700))
        timeout 5 redis-cli -p $port PING >/dev/null 2>&1 && continue
        launch
        waits=0
        while [ $waits -lt 300 ] && kill -0 "$server" 2>/dev/null; do
            [ "$(timeout 5 redis-cli -p "$port" PING 2>/dev/null)" = PONG ] && return 0
            waits=$((waits + 1))
            timeout 0.1 tail -f /dev/null
        done
    done
    cp "$dir/log" "$dir/out"
    fail "the server did not start"
    return 1
}

stop() {
    kill -TERM "$server"
    wait "$server"
    status=$?
    server=
    cp "$dir/log" "$dir/out"
    if [ $status -ne 0 ]; then
        fail "the server ended with status $status"
    elif grep -Eq 'AddressSanitizer|ThreadSanitizer|LeakSanitizer|runtime error:' "$dir/log"; then
        fail "a sanitizer complained"
    else
        ok
    fi
}

pipe_input() {
    i=0
    while [ $i -lt 1000 ]; do
        printf '*3\r\n$3\r\nSET\r\n$8\r\npipe%04d\r\n$%d\r\n%s\r\n' $i ${#i} $i
        i=$((i + 1))
    done
}

pipe_mode() { pipe_input | cli --pipe; }
scan_count() { cli --scan --pattern 'pipe*' | sort -u | wc -l; }
interactive() { printf 'SET quoted "a b"\nGET quoted\n' | cli; }
repeated() { cli -r 5 -i 0.01 INCR repeated; }
from_input() { printf 'line\nwith end' | cli -x SET from-input && cli GET from-input; }

modes() {
    run "PING" '^PONG$' cli PING
    run "--pipe" 'errors: 0, replies: 1000' pipe_mode
    run "DBSIZE" '^1000$' cli DBSIZE
    run "--scan" '^1000$' scan_count
    run "--bigkeys" 'Sampled 1000 keys' cli --bigkeys
    if [ -n "$(cli COMMAND INFO memory)" ]; then
        run "--memkeys" 'Sampled 1000 keys' cli --memkeys
    fi
    run "interactive" '^a b$' interactive
    run "-r" '^5$' repeated
    run "-x" '^with end$' from_input
    run "-3" '^proto 3$' cli -3 HELLO
    run "-3 of a map" 'timeout.*0' cli -3 CONFIG GET timeout
    run "--no-raw" '^\(integer\) 6$' cli --no-raw INCR repeated
    run "--csv" '^"1","2"$' cli --csv MGET pipe0001 pipe0002
    run "-n" '^OK$' cli -n 5 SET a 1
    run "-e" 'OK' cli -e SET e 1
    run "INFO" '^redis_version:' cli INFO server
    run_bounded 2 "--latency" 'min: [0-9]+|^[0-9]+ [0-9]+ [0-9.]+ [0-9]+' --latency -i 1
    run_bounded 2 "--latency-history" '^[0-9]+[ ,][0-9]+[ ,][0-9.]+' --latency-history -i 1 --csv
    run_bounded 2 "--stat" 'keys.*requests' --stat -i 1
}

benchmarks() {
    run "benchmark -t" '^SET: [0-9.]+ requests per second' bench -n 2000 -t ping,set,get,incr,mset
    run "benchmark -P" '^GET: [0-9.]+ requests per second' bench -n 20000 -P 16 -t set,get -r 1000
    run "benchmark --csv" '^"GET","[0-9.]+"' bench -n 2000 --csv -t get
    run "benchmark -c" '^SET: [0-9.]+ requests per second' bench -n 5000 -c 200 -d 1000 -t set
    run "benchmark of a command" 'requests per second' bench -n 2000 -r 100 \
        MSET a:__rand_int__ 1 b:__rand_int__ 2
    run "benchmark -3" '^INCR: [0-9.]+ requests per second' bench -3 -n 2000 -t incr
}

for shards in 1 2 7; do
    start || continue
    modes
    benchmarks
    stop
    [ -n "$oracle" ] && break
done
echo "cli_test: $passed passed, $failed failed"
[ "$failed" -eq 0 ]
