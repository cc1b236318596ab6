#!/bin/sh
# faults.sh folder -- Plants faults (server/base/fault.h) in a real server, and expects that the
# test of this folder whose promise each breaks finds it. TORC names the server, which must have
# been built with them.
passed=0
failed=0
output=$(mktemp)
while read -r fault test; do
    if TORC_FAULT=$fault timeout 100 "$1/$test" --shards 3 --rounds 3000 >"$output" 2>&1; then
        echo "FAIL $fault was not found"
        failed=$((failed + 1))
    elif found=$(grep -a -m 1 'tests/history/' "$output"); then
        echo "$fault: $found"
        passed=$((passed + 1))
    else
        echo "FAIL $fault made $test fail, but not by what it looks at"
        failed=$((failed + 1))
    fi
done <<END
stale-untold tracking_test
stale-late tracking_test
publish-order publish_test
serve-last turns_test
END
rm -f "$output"
echo "history faults: $passed passed, $failed failed"
[ $failed -eq 0 ]
