#!/usr/bin/env bash
# Gradescope runs this once, as root, when it builds the image. It needs Python 3.11 or
# newer, and NumPy in an environment of its own: from wheels/ if the zip has them, else
# from the package index. Nothing else is installed.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)

find_python() {
    local name
    for name in python3.13 python3.12 python3.11 python3; do
        if "$name" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
            command -v "$name"
            return
        fi
    done
    return 1
}

install() {
    export DEBIAN_FRONTEND=noninteractive
    apt-get update -qq && apt-get install -y -qq --no-install-recommends "$@"
}

give_up() {
    printf '\nThis image cannot grade: %s\n' "$@" >&2
    exit 1
}

python=$(find_python) || {
    install python3.11 python3.11-venv ||
        give_up "it has no Python 3.11 or newer, and none could be installed.
Choose a newer base image, or one with a network."
    python=$(find_python)
}

venv=$here/venv
rm -rf "$venv"
if compgen -G "$here/wheels/*.whl" >/dev/null; then
    "$python" -m venv --without-pip "$venv"
    pips=("$here"/wheels/pip-*.whl)
    "$venv/bin/python" "${pips[0]}/pip" install --quiet --disable-pip-version-check \
        --no-index --find-links "$here/wheels" --requirement "$here/requirements.txt" ||
        give_up "wheels/ is not for its $("$python" --version).
Fill the folder again, with --python-version and --only-binary=:all:, and export."
else
    "$python" -m venv "$venv" || {
        install "$(basename "$(readlink -f "$python")")-venv"
        "$python" -m venv "$venv"
    }
    "$venv/bin/python" -m pip install --quiet --disable-pip-version-check \
        --requirement "$here/requirements.txt" ||
        give_up "requirements.txt cannot be installed.
Where there is no network, export with --wheels; for another Python, from that Python."
fi

# Ours alone: a student's code runs under another user id, and may read none of it.
chown -R "$(id -u):$(id -g)" "$here"
chmod -R go-rwx "$here"

kit=$here/grader/kit
if [[ -f $here/files/grader.zip ]]; then # of an export for Otter
    "$python" -m zipfile -e "$here/files/grader.zip" "$here"
fi
if [[ -d $kit ]]; then
    PYTHONPATH=$kit "$venv/bin/python" -P -s -B -m autograder.hosts.container prepare
fi
