#!/bin/sh
# Prints the Python from which the virtual environment is made: $PYTHON where it is set, else the
# first one on the PATH that is new enough. Otherwise says in one sentence what to install.
# Called by the Makefile only.
set -eu

OLDEST='3.11' # tomllib, asyncio.TaskGroup and asyncio.timeout arrived with it

is_new_enough() {
    "$1" -c 'import sys; sys.exit(sys.version_info < tuple(map(int, sys.argv[1].split("."))))' \
        "$OLDEST" 2>/dev/null
}

found=''
for candidate in ${PYTHON:-python3 python3.13 python3.12 python3.11 python3.14}; do
    if command -v "$candidate" >/dev/null 2>&1 && is_new_enough "$candidate"; then
        found=$candidate
        break
    fi
done

if [ -z "$found" ]; then
    present=$("${PYTHON:-python3}" --version 2>&1) || present="no ${PYTHON:-python3}"
    echo "Meshvisor needs Python $OLDEST or newer and found $present:" \
        "install one (Debian, Ubuntu: apt-get install python3 python3-venv; Fedora: dnf install" \
        "python3) or name it with 'make PYTHON=/path/to/python3.12 …'." >&2
    exit 1
fi

# Debian ships the venv module without the pip that it puts into a new environment.
if ! "$found" -c 'import ensurepip, venv' 2>/dev/null; then
    version=$("$found" -c 'import sys; print("%d.%d" % sys.version_info[:2])')
    echo "$found cannot make virtual environments because its ensurepip or venv module is missing:" \
        "install it (Debian, Ubuntu: apt-get install python$version-venv)." >&2
    exit 1
fi

command -v "$found"
