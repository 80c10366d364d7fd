#!/usr/bin/env bash
# Installs the official client of Meshtastic radios to test with into VENV/radio-peer, in an environment
# of its own: it is GPL, and nothing of ours imports it.  One that another call is just installing is
# waited for.
#
#     tools/radio_peer.sh VENV
set -euo pipefail
venv=$1
wanted=requirements-radio-peer.lock
stamp=$venv/radio-peer/.installed

exec 9>"$venv/.radio-peer.lock"
flock 9
if [[ $stamp -nt $wanted ]]; then
    exit 0
fi
echo "Installing a client of radios to test with"
"$venv/bin/python" -m venv --clear "$venv/radio-peer"
"$venv/radio-peer/bin/python" -m pip install --quiet --disable-pip-version-check --no-input \
    --no-compile --require-hashes --only-binary :all: -r "$wanted"
touch "$stamp"
