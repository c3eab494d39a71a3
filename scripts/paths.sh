# Sourced by the scripts of this directory: where things live, how progress and errors are shown.
# Everything that set-up installs for the project stays under .roost (but for Debian packages).
set -euo pipefail
ROOT="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"
cd "$ROOT"
ROOST_HOME="$ROOT/.roost"
STAMPS="$ROOST_HOME/stamps"
NATIVE="${ROOST_NATIVE_DIRECTORY:-$ROOST_HOME/native}"
WORKER_ENVIRONMENT="$ROOST_HOME/python"
CLIENT_ENVIRONMENT="$ROOST_HOME/client"
# Models are imported from byte code: without it a worker starts three times slower.
unset PYTHONDONTWRITEBYTECODE

say() { printf '==> %s\n' "$*" >&2; }
# One line: what is wrong; what to do. Ends the script.
fail() {
    printf 'error: %s\n' "$*" >&2
    exit 1
}

# stamp_of INPUT…: a hash over the contents of files and over plain words.
stamp_of() {
    local input
    for input in "$@"; do
        if [ -f "$input" ]; then cat "$input"; else printf '%s\n' "$input"; fi
    done | sha256sum | cut -c1-32
}
# done_before NAME HASH: true when the step NAME was finished with these inputs.
done_before() { [ "$(cat "$STAMPS/$1" 2>/dev/null)" = "$2" ]; }
mark_done() { printf '%s\n' "$2" >"$STAMPS/$1"; }

# What the server is told of the places above. An answer given in the environment wins.
export_server_settings() {
    export ROOST_NATIVE_DIRECTORY="$NATIVE"
    export ROOST_NATIVE_DIR="$NATIVE"
    export ROOST_WORKER_PYTHON="${ROOST_WORKER_PYTHON:-$WORKER_ENVIRONMENT/bin/python}"
    export ROOST_TEST_PYTHON="${ROOST_TEST_PYTHON:-$CLIENT_ENVIRONMENT/bin/python}"
    export ROOST_UV="${ROOST_UV:-$(cat "$ROOST_HOME/uv-path")}"
}
