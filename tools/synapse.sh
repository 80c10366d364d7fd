#!/usr/bin/env bash
# Installs a Matrix homeserver to test with into VENV/synapse, in an environment of its own: nothing
# of ours imports it.  One that another call is just installing is waited for.
#
#     tools/synapse.sh VENV
set -euo pipefail
venv=$1
wanted=requirements-synapse.lock
stamp=$venv/synapse/.installed

exec 9>"$venv/.synapse.lock"
flock 9
if [[ $stamp -nt $wanted ]]; then
    exit 0
fi
echo "Installing a Matrix homeserver to test with"
"$venv/bin/python" -m venv --clear "$venv/synapse"
# What it uses is compiled when it starts for the first time, which is less than all that there is.
"$venv/synapse/bin/python" -m pip install --quiet --disable-pip-version-check --no-input \
    --no-compile --require-hashes --only-binary :all: -r "$wanted"
touch "$stamp"
