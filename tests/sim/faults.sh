#!/bin/sh
# faults.sh simulation -- Plants each fault (server/base/fault.h) and expects the simulation to find
# it within some thousand seeds.
passed=0
failed=0
output=$(mktemp)
for fault in inbox-order no-catch-up stand-in stand-in-early stand-in-closed latch \
    old-home no-lease lease-sequence lost-release reply-twice stale-handle \
    block-no-lease watch-blind claim-twice waiter-stays waiter-forgotten serve-early; do
    TORC_FAULT=$fault timeout 300 "$1" --seeds "${SIM_FAULT_SEEDS:-20000}" --first 1 --no-shrink \
        >"$output" 2>&1
    if found=$(grep -a 'fails:' "$output"); then
        echo "$fault: $found"
        passed=$((passed + 1))
    else
        echo "FAIL $fault was not found"
        failed=$((failed + 1))
    fi
done
rm -f "$output"
echo "sim faults: $passed passed, $failed failed"
[ $failed -eq 0 ]
