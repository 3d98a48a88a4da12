#!/bin/bash
# Throws damaged inputs at a parser of foreign files: bash Tests/Fuzz/run.sh PARSER [SECONDS]
# PARSER is a folder beside this script. The committed inputs are the start; what libFuzzer finds on the way stays in
# .build/fuzz. An input that crashes is written to .build/fuzz as crash-...: add it to the corpus with the repair.
set -euo pipefail
cd "$(dirname "$0")/../.."
parser=${1:?usage: bash Tests/Fuzz/run.sh PARSER [SECONDS]}
seconds=${2:-60}
corpus=Tests/Fuzz/corpus/$(sed -E 's/([a-z])([A-Z])/\1-\L\2/g; s/^./\L&/' <<<"$parser")

# All modules are instrumented, so that the fuzzer finds its way through the parsers; gold fails on the two main functions.
PARLEY_FUZZ=1 swift build -c release --scratch-path .build/fuzz --product "Fuzz$parser" \
    -Xswiftc -sanitize=fuzzer -Xcc -fsanitize=fuzzer-no-link -Xswiftc -use-ld=lld
PARLEY_FUZZ_INPUT=$(mktemp -p /dev/shm)
export PARLEY_FUZZ_INPUT
trap 'rm -f "$PARLEY_FUZZ_INPUT"' EXIT
mkdir -p ".build/fuzz/found/$parser"
seeds=("$corpus")
[ "$parser" = TorchZipFile ] && seeds+=(Tests/Fixtures/golden/pickle Tests/Fixtures/pickle)
".build/fuzz/release/Fuzz$parser" -max_total_time="$seconds" -artifact_prefix=.build/fuzz/ -max_len=100000 \
    ".build/fuzz/found/$parser" "${seeds[@]}"
