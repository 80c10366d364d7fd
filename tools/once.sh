#!/usr/bin/env bash
# Runs a command that makes STAMP, unless STAMP is newer than each SOURCE.  One that another call is
# just running is waited for.
#
#     tools/once.sh LOCK STAMP SOURCE… -- COMMAND…
set -euo pipefail
lock=$1
stamp=$2
shift 2

exec 9>"$lock"
flock 9
is_new=true
while [[ $1 != -- ]]; do
    if [[ ! $stamp -nt $1 ]]; then
        is_new=false
    fi
    shift
done
shift
if $is_new; then
    exit 0
fi
"$@"
touch "$stamp"
