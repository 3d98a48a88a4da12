# Shared by run.sh and test.sh: the packages and the Swift that the build needs. Everything it says goes to standard error, so
# that standard output carries the program's data alone.

readonly needed_packages=(
    git libc6-dev libstdc++-12-dev libsndfile1-dev libsoxr-dev
    libasound2-dev libncurses-dev libwebrtc-audio-processing-dev libsqlite3-dev
)
# A sound card and a terminal for the tests that run the whole program; test.sh installs them, run.sh does not.
readonly test_packages=(pulseaudio pulseaudio-utils libasound2-plugins alsa-utils tmux)
readonly needed_swift="6.3"

say() { printf 'parley: %s\n' "$*" >&2; }
stop() { say "$*"; exit 69; }

# Installs the Debian packages that are missing, of the needed ones and those given; touches nothing when none is.
install_packages() {
    if ! command -v dpkg-query >/dev/null; then
        say "this is no Debian: make sure that these libraries are installed with their headers: sndfile, soxr, asound," \
            "ncursesw, webrtc-audio-processing, sqlite3"
        return
    fi
    local wanted=("${needed_packages[@]}" "$@") installed missing=() package
    # One question for all: a question for each package takes longer than the program's start.
    installed=$(dpkg-query -W -f '${db:Status-Status} ${Package}\n' "${wanted[@]}" 2>/dev/null || true)
    for package in "${wanted[@]}"; do
        [[ $'\n'$installed$'\n' == *$'\n'"installed $package"$'\n'* ]] || missing+=("$package")
    done
    ((${#missing[@]})) || return 0
    local as_root=()
    if ((EUID != 0)); then
        command -v sudo >/dev/null || stop "please install as root: apt-get install ${missing[*]}"
        as_root=(sudo)
    fi
    command -v apt-get >/dev/null || stop "apt-get is missing; please install: ${missing[*]}"
    say "installing the Debian packages ${missing[*]}"
    "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get update -q </dev/null >&2 \
        || say "the package lists could not be renewed; trying with the old ones"
    "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends "${missing[@]}" \
        </dev/null >&2 || stop "apt-get could not install ${missing[*]}; is there a network?"
}

# Finds Swift, also where it is usually unpacked but not in PATH.
find_swift() {
    local folder
    if ! command -v swift >/dev/null; then
        for folder in /opt/swift/usr/bin /usr/local/swift/usr/bin "$HOME/.local/share/swiftly/bin"; do
            if [[ -x $folder/swift ]]; then PATH="$folder:$PATH"; fi
        done
    fi
    command -v swift >/dev/null \
        || stop "Swift $needed_swift is missing; install it from https://www.swift.org/install/linux and put it into PATH"
    local found
    found=$(swift --version 2>/dev/null | sed -n 's/.*Swift version \([0-9]*\.[0-9]*\).*/\1/p' | head -n 1)
    if [[ $(printf '%s\n' "$needed_swift" "${found:-0}" | sort -V | head -n 1) != "$needed_swift" ]]; then
        stop "Swift $needed_swift or newer is needed, found ${found:-none}; see https://www.swift.org/install/linux"
    fi
}
