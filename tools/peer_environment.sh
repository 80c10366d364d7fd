#!/usr/bin/env bash
# Makes VENV/NAME, an environment of its own for a program to test with, from requirements-NAME.lock.
# Nothing of ours imports what is in there, whatever its licence.
#
#     tools/peer_environment.sh VENV NAME
set -euo pipefail
venv=$1
name=$2

echo "Installing $name to test with"
"$venv/bin/python" -m venv --clear "$venv/$name"
# What it uses is compiled when it starts for the first time, which is less than all that there is.
"$venv/$name/bin/python" -m pip install --quiet --disable-pip-version-check --no-input \
    --no-compile --require-hashes --only-binary :all: -r "requirements-$name.lock"
