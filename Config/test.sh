#!/usr/bin/env bash
# Everything that has to hold: form, imports, tests, and every recorded case through the built program.
#   bash Config/test.sh
# Builds into .build/tests, so that the program of run.sh stays as it is. The last line is that of `swift test`, with the sums of
# its two runs.
set -euo pipefail

package=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)
cd "$package"
# shellcheck source=Config/setup.sh
source Config/setup.sh
install_packages "${test_packages[@]}"
find_swift

# Release: the arithmetic of the tests is slow without optimisation.
build=(-c release --scratch-path .build/tests -Xswiftc -enable-testing)

say "checking the form of the sources"
swift format lint --strict -r Sources Tests </dev/null

say "building the program and its tests; imports only as Package.swift says"
swift build "${build[@]}" --build-tests --explicit-target-dependency-import-check error </dev/null

# Runs the tests that the further arguments choose and keeps what they say, without colours, in a file; fails with them.
run_tests() {
    local log=.build/tests/$1.txt status=0
    say "running the tests: $1"
    swift test "${build[@]}" --skip-build --disable-xctest "${@:2}" </dev/null 2>&1 | tee "$log" || status=1
    sed -i $'s/\e\\[[0-9;]*m//g' "$log"
    return "$status"
}

# Prints the lines with a cross and what belongs to each; the end of a step's log where it has none, as after a crash.
tell_failures() {
    local step log
    for step in "$@"; do
        log=.build/tests/$step.txt
        if grep -q '^✘' "$log"; then
            awk '/^✘/ { belongs = 1 } /^(◇|✔|➜|⚠)/ { belongs = 0 } belongs && NF' "$log"
        elif ! grep -q 'Test run with .* passed' "$log"; then
            say "the tests did not come to their end: $step"
            tail -n 15 "$log"
        fi
    done >&2
}

# The tests that run the whole program measure what is heard and when: nothing else runs beside them.
live='ParleyTests\.LiveTests'
failed=0
run_tests parts --skip "$live" || failed=1
run_tests whole --filter "$live" || failed=1
# At the very end, so that the last lines of a log say what failed.
if ((failed)); then
    say "tests failed:"
    tell_failures parts whole
    exit 1
fi
closing=$(awk '/Test run with [0-9]+ tests?.* passed/ {
        for (i = 1; i < NF; i++) {
            if ($i == "with") tests += $(i + 1)
            if ($i == "in") suites += $(i + 1)
            if ($i == "after") seconds += $(i + 1)
        }
    } END { printf "✔ Test run with %d tests in %d suites passed after %.3f seconds.", tests, suites, seconds }' \
    .build/tests/parts.txt .build/tests/whole.txt)
count=$(sed -n 's/.*Test run with \([0-9]*\) test.*/\1/p' <<<"$closing")
# A filter or a lost file makes tests vanish without a failure: there must be at least as many as were written.
wanted=$(grep -v '^#' Config/test-count)
if ((${count:-0} < wanted)); then
    say "only ${count:-0} tests ran, $wanted were expected (Config/test-count)"
    exit 1
fi

say "running every recorded case through the program"
.build/tests/release/parley verify Tests/Fixtures/golden >.build/tests/verify.txt \
    || { grep FAILED .build/tests/verify.txt >&2; say "recorded cases failed"; exit 1; }
tail -n 1 .build/tests/verify.txt

printf '%s\n' "$closing"
