# shellcheck shell=bash
# The demo in a box, by compose, on a Docker of its own: opened, ordered from, killed, opened again, and audited. The image is
# the one that `image` has left in target/deploycheck.
# shellcheck source=common.sh
. "${BASH_SOURCE%/*}/common.sh"

source=$PWD
image=${CARGO_TARGET_DIR:-$PWD/target}/deploycheck/sutler.tar
[ -f "$image" ] || { echo "there is no $image: run the part image first" >&2; exit 1; }
export DOCKER_HOST=unix://$WORK/docker.sock
forwarding=$(cat /proc/sys/net/ipv4/ip_forward)
mkdir -p "$WORK"/{docker,exec}
setsid dockerd --host "$DOCKER_HOST" --data-root "$WORK/docker" --exec-root "$WORK/exec" --pidfile "$WORK/docker.pid" \
    --storage-driver overlay2 --iptables=false --ip-masq=false --ip-forward=false --bridge=none >"$WORK/docker.log" 2>&1 &

close_down() {
    local at
    deploy/compose down --volumes --timeout 5 >/dev/null 2>&1
    kill "$(cat "$WORK/docker.pid")" 2>/dev/null
    for _ in $(seq 100); do [ -e "$WORK/docker.pid" ] || break; sleep 0.1; done
    awk -v work="$WORK" 'index($2, work) == 1 { print $2 }' /proc/mounts | sort -r | while read -r at; do umount "$at"; done
    # Who runs it as root gets his machine back as it was.
    echo "$forwarding" >/proc/sys/net/ipv4/ip_forward 2>/dev/null
}
# In a folder of its own, as a newcomer has it.
mkdir -p "$WORK/sutler/deploy"
cp docker-compose.yaml docker-compose-pg.yaml .env.sample Makefile README.md "$WORK/sutler"
cp deploy/compose deploy/box-password "$WORK/sutler/deploy"
cd "$WORK/sutler" || exit 1
trap close_down EXIT
check "a Docker is there" until_it docker version
check "the image is loaded" docker load --input "$image"
check "a Postgres stands in" bash "$source/crates/deploycheck/scripts/postgres-image.sh" "$WORK/postgres"
sed -e "s/^SUTLER_PORT=.*/SUTLER_PORT=$PORT/; s/^POSTGRES_PORT=.*/POSTGRES_PORT=$HTTP_PORT/" .env.sample >.env

url=http://127.0.0.1:$PORT
# Without building: there is no source here.
open_box() {
    deploy/box-password && deploy/compose up --no-build -d && until_it curl --fail --silent --noproxy '*' "$url/health/ready"
}
ask() {
    curl --silent --show-error --fail-with-body --max-time 20 --noproxy '*' "$@"
}
says() {
    local wanted=$1 seen
    shift
    seen=$("$@" 2>&1)
    [[ "$seen" == *"$wanted"* ]] || { echo "$seen"; return 1; }
}
of() {
    docker inspect --format "$2" "$(deploy/compose ps -q "$1")"
}
is_healthy() {
    [ "$(of "$1" '{{.State.Health.Status}}')" = healthy ]
}
check "compose opens the box" open_box
check "the shop is seeded, at /api/" says '"count":1000' ask "http://localhost:$PORT/api/catalog/products?limit=1" -H "Authorization: Bearer $(
    ask --json '{"username":"admin","password":"admin-password"}' "$url/api/identity/token" | sed 's/.*"access":"\([^"]*\)".*/\1/')"
check "the container says that it is healthy" until_it is_healthy web
check "its root cannot be written" says true of web '{{.HostConfig.ReadonlyRootfs}}'
check "nobody runs in it" says 65532 of web '{{.Config.User}}'

# The README from top to bottom: the tour, and what hands orders over. A refusal ends the block that it is in.
blocks() {
    mkdir -p "$WORK/bin"
    printf '#!/bin/sh\nexec %s --fail-with-body --noproxy "*" --max-time 20 "$@"\n' "$(command -v curl)" >"$WORK/bin/curl"
    chmod +x "$WORK/bin/curl"
    awk '/^```sh$/ { block = ""; inside = 1; next } /^```$/ { if (inside && block ~ /curl/) printf "%s", block; inside = 0 } inside { block = block $0 "\n" }' \
        README.md | sed "s#:8000#:$PORT#g" >"$WORK/tour.sh"
    (cd "$WORK" && PATH="$WORK/bin:$PATH" bash -eu -o pipefail "$WORK/tour.sh")
}
check "the README's tour goes through it" blocks
check "an order of another system is found by its name" says '"order_id":"ORD001"' ask "http://localhost:$PORT/api/orders/ORD001/"
in_web() {
    deploy/compose exec -T web sutler "$@"
}
check "load is offered from within" in_web load --run-time 2s --users 4
check "the logs are compose's" says 'database' deploy/compose logs --no-color web
superuser() {
    # As a person at a terminal types it.
    printf 'boss\nboss@example.com\nthree blind mice\nthree blind mice\n' |
        script --quiet --return --command 'make --no-print-directory create-superuser' /dev/null
}
check "make create-superuser works in the box" superuser
check "he is let in" ask --json '{"username":"boss","password":"three blind mice"}' "$url/api/identity/token"

handed() {
    ask --json "{\"order_id\":\"$1\",\"user_id\":\"U1\",\"item_ids\":[1],\"total_amount\":9.99}" "http://localhost:$PORT/api/orders/"
}
found() {
    says "\"order_id\":\"$1\"" ask "http://localhost:$PORT/api/orders/$1/"
}
check "an order is handed over before the kill" handed KILL-1
pid=$(of web '{{.State.Pid}}')
other=$(of database '{{.State.Pid}}')
# One that does not run has 0, which would be this script.
[ "${pid:-0}" -gt 1 ] && [ "${other:-0}" -gt 1 ] && kill -9 "$pid" "$other"
comes_again() {
    until_it test "$(of web '{{.State.Pid}}')" != "$pid" && until_it ask "$url/health/ready"
}
check "killed with -9, shop and database, it comes again by itself" comes_again
check "what was acknowledged is there" found KILL-1
check "the audit finds nothing" says 'invariants hold' in_web audit
check "the box is closed" deploy/compose down --timeout 60
check "and opened again" open_box
check "its data is there" found KILL-1
check "and its accounts" ask --json '{"username":"boss","password":"three blind mice"}' "$url/api/identity/token"
check "the audit finds nothing then either" says 'invariants hold' in_web audit
check "load is offered from a container of its own" deploy/compose run --rm load load --url http://web:8000 --run-time 2s --users 4
check "the box is closed for good" deploy/compose down --volumes --timeout 60

with_postgres() {
    deploy/compose --file docker-compose-pg.yaml up -d &&
        until_it "$SUTLER" migrate --database-url "postgres://sutler:$(sed -n 's/^POSTGRES_PASSWORD=//p' .env)@127.0.0.1:$HTTP_PORT/sutler"
}
check "a Postgres alone serves a shop on this machine" with_postgres
deploy/compose --file docker-compose-pg.yaml down --volumes --timeout 5 >/dev/null 2>&1
finish
