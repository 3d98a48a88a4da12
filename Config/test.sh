#!/usr/bin/env bash
# Everything that has to hold: form, imports, tests, and every recorded case through the built program.
#   bash Config/test.sh
# Builds into .build/tests, so that the program of run.sh stays as it is. The last line is the one of `swift test`.
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

say "running the tests"
log=.build/tests/log.txt
if ! swift test "${build[@]}" --skip-build --disable-xctest </dev/null 2>&1 | tee "$log"; then
    say "tests failed; the lines marked with a cross above say which"
    exit 1
fi
closing=$(grep -E 'Test run with [0-9]+ tests?.* passed' "$log" | tail -n 1 || true)
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
