# shellcheck shell=bash
# The compose files, as compose itself reads them. Nothing is started.
# shellcheck source=common.sh
. "${BASH_SOURCE%/*}/common.sh"

mkdir "$WORK/box" "$WORK/box/deploy"
cp docker-compose.yaml docker-compose-pg.yaml .env.sample "$WORK/box"
cp deploy/compose deploy/box-password "$WORK/box/deploy"
cd "$WORK/box" || exit 1
unset POSTGRES_PASSWORD SUTLER_PORT POSTGRES_PORT

is_told() {
    ! deploy/compose config >"$WORK/said" 2>&1 && grep -q 'cp .env.sample .env' "$WORK/said"
}

refused "without an .env there is no password" deploy/box-password
check "without an .env nothing starts, and says why" is_told
cp .env.sample .env
check "with an empty password nothing starts, and says why" is_told
check "the password is made" deploy/box-password
check "it is 32 digits, in a file for its owner alone" sh -c "grep -qE '^POSTGRES_PASSWORD=[0-9a-f]{32}\$' .env && [ \$(stat -c %a .env) = 600 ]"
cp .env before
check "one that is there stays" sh -c 'deploy/box-password && cmp .env before'
check "compose can read the box" deploy/compose config
check "compose can read the Postgres alone" deploy/compose --file docker-compose-pg.yaml config
deploy/compose config >"$WORK/read" 2>/dev/null
is_on_loopback() {
    # As v1 writes a port, and as v2 does.
    local all bound
    all=$(grep -cE '^ +(published:|- [0-9.]+:[0-9]+:[0-9]+)' "$WORK/read")
    bound=$(grep -cE '^ +(host_ip: 127.0.0.1$|- 127.0.0.1:)' "$WORK/read")
    [ "$all" -gt 0 ] && [ "$all" = "$bound" ]
}
check "every port is published on loopback alone" is_on_loopback
finish
