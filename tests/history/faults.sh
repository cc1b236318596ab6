#!/bin/sh
# faults.sh folder fault -- Plants a fault (server/base/fault.h) in a real server, and expects that the
# test of this folder whose promise it breaks finds it. TORC names the server, which must have been
# built with faults.
fault=$2
case $fault in
stale-*) test=tracking_test ;;
publish-order) test=publish_test ;;
serve-last) test=turns_test ;;
*) echo "faults.sh: no test for $fault" >&2; exit 2 ;;
esac
output=$(mktemp)
passed=0
if TORC_FAULT=$fault timeout 100 "$1/$test" --shards 3 --rounds 3000 >"$output" 2>&1; then
    echo "FAIL $fault was not found"
elif found=$(grep -a -m 1 'tests/history/' "$output"); then
    echo "$fault: $found"
    passed=1
else
    echo "FAIL $fault made $test fail, but not by what it looks at"
fi
rm -f "$output"
echo "history faults, $fault: $passed passed, $((1 - passed)) failed"
[ $passed -eq 1 ]
