#!/usr/bin/env bash
# Stands first in the PATH of who follows a document: runs the curl of this machine, and fails unless every
# answer is of the kind that the document promises.
set -u
kept=$(mktemp -d "$CONFORMANCE_DIR/curl.XXXXXX")
# -q: whatever the user's own settings are. The last --write-out counts.
"$CONFORMANCE_CURL" -q --noproxy '*' --max-time 60 "$@" \
    --write-out '%{stderr}\nanswer %{http_code} %{method} %{url_effective}\n' >"$kept/said" 2>"$kept/errors"
code=$?
tee -a "$CONFORMANCE_DIR/told" <"$kept/said"
wrong=$(grep '^answer ' "$kept/errors" | grep -v "^answer $CONFORMANCE_WANTED" || true)
if [ -n "$wrong" ] || [ "$code" -ne 0 ] || ! grep -q '^answer ' "$kept/errors"; then
    {
        echo "promised: ${CONFORMANCE_WANTED}xx; curl ended with $code"
        grep -v '^ *[0-9 ]*[0-9:kM-]* *--:--' "$kept/errors"
        head -c 2000 "$kept/said"
        echo
    } >&2
    exit 22
fi
