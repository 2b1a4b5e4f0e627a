# shellcheck shell=bash
# systemd's unit, as systemd reads it; and the user that it runs as.
# shellcheck source=common.sh
. "${BASH_SOURCE%/*}/common.sh"

unit=deploy/systemd/sutler.service
check "the unit is exposed to 2.0 at most" systemd-analyze security --offline=true --no-pager --threshold=20 "$unit"
# With a program that is there: systemd looks for it.
sed 's#/usr/bin/sutler#/bin/true#' "$unit" >"$WORK/sutler.service"
check "systemd can read the unit" systemd-analyze verify --man=no --recursive-errors=no "$WORK/sutler.service"
check "the unit hands the secret over" grep -q '^LoadCredential=secret_key:' "$unit"

mkdir -p "$WORK/root/etc"
check "sysusers makes the user" systemd-sysusers --root="$WORK/root" "$PWD/deploy/sysusers.d/sutler.conf"
check "the user cannot log in" grep -qE '^sutler:.*:/var/lib/sutler:/(usr/)?sbin/nologin$' "$WORK/root/etc/passwd"
finish
