#!/usr/bin/env bash
# Builds parley if anything has changed since the last time, and runs it with all arguments:
#   bash Config/run.sh ask question.wav
# The first run installs missing Debian packages and takes some minutes; later ones start at once and need no network.
set -euo pipefail

package=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)
program="$package/.build/release/parley"
stamp="$package/.build/parley-built"
# shellcheck source=Config/setup.sh
source "$package/Config/setup.sh"

# Whether a source is newer than the last successful build.
needs_build() {
    [[ ! -x $program || ! -e $stamp ]] && return 0
    [[ -n $(find "$package/Package.swift" "$package/Sources" -newer "$stamp" -print -quit) ]]
}

if needs_build; then
    install_packages
    find_swift
    say "building the program (some minutes the first time)"
    started="$package/.build/parley-build-started"
    mkdir -p "$package/.build"
    touch "$started"
    swift build --package-path "$package" -c release --product parley </dev/null >&2 \
        || stop "the build failed; the messages above say why"
    # What changed while the build ran is built the next time.
    mv "$started" "$stamp"
fi
# A crash gives the terminal back and ends; the backtrace that Swift would show instead waits for a key.
export SWIFT_BACKTRACE="${SWIFT_BACKTRACE:-enable=no}"
exec "$program" "$@"
