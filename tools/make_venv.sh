#!/bin/sh
# Make the virtual environment: tools/make_venv.sh DIRECTORY [PYTHON]
#
# Takes the first Python 3.11 or later that it finds, or the one that is named. Where the `venv`
# module has no pip to give (Debian splits it off), it installs the missing package as root and
# otherwise ends with the one line to type.
set -eu

venv=$1
wanted=${2:-}

is_recent() {
    "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1
}

find_python() {
    if [ -n "$wanted" ]; then
        is_recent "$wanted" && echo "$wanted" && return
        echo "PYTHON=$wanted is not a Python 3.11 or later." >&2
        exit 3
    fi
    for candidate in python3.15 python3.14 python3.13 python3.12 python3.11 python3 python; do
        is_recent "$candidate" && echo "$candidate" && return
    done
    echo "No Python 3.11 or later is on the PATH. Install one, or name it: make PYTHON=/path/to/python3" >&2
    exit 3
}

python=$(find_python)
if ! "$python" -c 'import ensurepip, venv' >/dev/null 2>&1; then
    package="$("$python" -c 'import sys; print("python%d.%d-venv" % sys.version_info[:2])')"
    if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
        echo "Installing $package, which $python needs to make a virtual environment."
        apt-get update -q
        DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends "$package"
    else
        echo "$python cannot make a virtual environment. Type: sudo apt-get install $package" >&2
        exit 3
    fi
fi
"$python" -m venv --clear "$venv"
