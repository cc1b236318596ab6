#!/bin/sh
# faults.sh simulation -- Plants each fault (server/base/fault.h) and expects the simulation to find
# it within some thousand seeds.
passed=0
failed=0
for fault in inbox-order no-catch-up stand-in no-lease lease-sequence lost-release reply-twice stale-handle; do
    if TORC_FAULT=$fault timeout 300 "$1" --seeds "${SIM_FAULT_SEEDS:-20000}" --first 1 --no-shrink \
        >"${TMPDIR:-/tmp}/torc-sim-$$" 2>&1; then
        echo "FAIL $fault was not found"
        failed=$((failed + 1))
    else
        echo "$fault: $(grep -a 'fails:' "${TMPDIR:-/tmp}/torc-sim-$$")"
        passed=$((passed + 1))
    fi
done
rm -f "${TMPDIR:-/tmp}/torc-sim-$$"
echo "sim faults: $passed passed, $failed failed"
[ $failed -eq 0 ]
