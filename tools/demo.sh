#!/bin/sh
# Gives a home that was never started two schedules to look at (docs/playground.md), for `make run`.
# Once a home has a database, its schedules are its user's: what they removed does not come back.
set -eu

home=${MESHVISOR_HOME:-.}
meshvisor=${MESHVISOR:-meshvisor}
checkout=$(dirname "$0")/..

[ ! -e "$home/var/meshvisor.db" ] || exit 0
mkdir -p "$home/config/plugins"
[ -e "$home/config/plugins/demo.py" ] || cp "$checkout/examples/demo/demo.py" "$home/config/plugins/"

add() {
	"$meshvisor" schedules add --home "$home" --mesh workshop "$@" >/dev/null
}
add demo-clock --cron "* * * * *" --action demo-clock
add demo-retry --cron "*/5 * * * *" --action demo-retry
