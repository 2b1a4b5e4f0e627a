# shellcheck shell=bash
# The program as one static file, what it says of itself, and what it consists of.
# shellcheck source=common.sh
. "${BASH_SOURCE%/*}/common.sh"

chroot_alone() {
    mkdir -p "$WORK/alone" && cp dist/sutler "$WORK/alone" && chroot "$WORK/alone" /sutler --version
}

check "make release builds it" make --no-print-directory release
check "it needs no other file" sh -c 'ldd dist/sutler | grep -q "statically linked"'
check "it runs where nothing else is" chroot_alone
check "it is stripped" sh -c '! readelf --sections --wide dist/sutler | grep -qE "[.](symtab|debug_line)"'
check "its debug information is beside it, and named in it" sh -c \
    'readelf --string-dump=.gnu_debuglink dist/sutler | grep -q "sutler.debug" && readelf --sections --wide dist/sutler.debug | grep -q "[.]debug_line"'
check "an address is a line of a source there" sh -c \
    'at=$(nm dist/sutler.debug | grep -m 1 "6server3cli3run" | cut -d " " -f 1) && addr2line --exe=dist/sutler.debug "$at" | grep -q "cli.rs:[0-9]"'
commit=$(git describe --always --dirty --exclude '*' --abbrev=12)
schema=$(find crates/store/migrations/sqlite -name 'V*.sql' | wc -l)
check "its version names commit and schema" sh -c "dist/sutler --version | grep -qF '(commit $commit, schema $schema)'"
check "make sbom lists what it consists of" make --no-print-directory sbom
valid='import sys
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
error = JsonStrictValidator(SchemaVersion.V1_5).validate_str(open(sys.argv[1]).read())
sys.exit(str(error) if error else 0)'
check "the list is CycloneDX 1.5" "$PYTHON" -c "$valid" dist/sutler.cdx.json
check "what the program is made of is in it" sh -c 'for name in rusqlite tokio-postgres rustls axum; do grep -q "\"name\": \"$name\"" dist/sutler.cdx.json || exit 1; done'
check "what only tests use is not, and no path of this machine" sh -c "! grep -qE '\"name\": \"(proptest|testbed|rcgen)\"|$PWD|/tmp/' dist/sutler.cdx.json"
finish
