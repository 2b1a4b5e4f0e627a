# shellcheck shell=bash
# What every script begins with: `check WHAT COMMAND...` says what has come of it, in one line.
set -u -o pipefail
: "${WORK:?}"

check() {
    local what=$1 out
    shift
    if out=$("$@" 2>&1 </dev/null); then
        echo "ok $what"
    else
        echo "FAILED $what: $(printf '%s' "$out" | tail -n 15 | tr '\n' '|')"
    fi
}

# The same of what has to be refused.
refused() {
    local what=$1
    shift
    check "$what" not "$@"
}

not() {
    ! "$@"
}

# Waits until a command succeeds.
until_it() {
    local _
    for _ in $(seq 300); do
        "$@" >/dev/null 2>&1 && return 0
        sleep 0.2
    done
    echo "in vain: $*"
    return 1
}

# The scripts of an environment name the place where it was made, which is another one.
by_python() {
    local script
    script=$(command -v "$1")
    shift
    "$PYTHON" "$script" "$@"
}

# What has failed was said, and is counted.
finish() {
    exit 0
}
