# shellcheck shell=bash
# The image, built as the Dockerfile says; in place of the builder's image, which no registry here has, stands one that is
# empty, and has this machine's compiler mounted. It is left in target/deploycheck/sutler.tar.
# shellcheck source=common.sh
. "${BASH_SOURCE%/*}/common.sh"

export BUILDAH_ISOLATION=chroot CONTAINERS_STORAGE_CONF=$WORK/storage.conf
printf '[storage]\ndriver = "overlay"\ngraphroot = "%s"\nrunroot = "%s"\n' "$WORK/graph" "$WORK/run" >"$CONTAINERS_STORAGE_CONF"
cargo_home=${CARGO_HOME:-$HOME/.cargo}
rustup_home=${RUSTUP_HOME:-$HOME/.rustup}
target=${CARGO_TARGET_DIR:-$PWD/target}
mkdir -p "$target/deploycheck"
builder=docker.io/library/rust:1.95-bookworm

make_builder() {
    local base=$WORK/base c name
    mkdir -p "$base"/{usr,etc/alternatives,etc/ssl,tmp,var/tmp,proc,sys,dev} "$base/$cargo_home" "$base/$rustup_home"
    for name in bin sbin lib lib64; do ln -s "usr/$name" "$base/$name"; done
    c=$(buildah from scratch)
    buildah copy --quiet "$c" "$base" /
    buildah config --env "PATH=$cargo_home/bin:/usr/bin:/bin" --env "CARGO_HOME=$cargo_home" --env "RUSTUP_HOME=$rustup_home" \
        --env "RUSTUP_TOOLCHAIN=$(rustup show active-toolchain | cut -d ' ' -f 1)" --env CARGO_NET_OFFLINE=true "$c"
    buildah commit --quiet "$c" "$builder" && buildah rm "$c"
}
build() {
    cargo fetch --locked &&
        buildah bud --format docker --pull-never --build-arg BUILD_COMMIT=0123456789ab --build-arg TARGETARCH="$1" \
            --volume /usr:/usr:ro --volume /etc/alternatives:/etc/alternatives:ro --volume /etc/ssl:/etc/ssl:ro \
            --volume "$rustup_home:$rustup_home:ro" --volume "$cargo_home:$cargo_home" \
            --volume "$target:/src/target" --tag sutler . &&
        rm -f "$target/deploycheck/sutler.tar" &&
        buildah push --quiet localhost/sutler "docker-archive:$target/deploycheck/sutler.tar:sutler:latest"
}
check "a builder stands in" make_builder
arch=$(dpkg --print-architecture)
check "the image is built" build "$arch"
refused "a kind of machine that is not known is refused" build sparc
seen() {
    buildah inspect --type image --format "$1" localhost/sutler
}
of_image() {
    local wanted=$2 seen
    seen=$(seen "$1")
    [[ "$seen" == *"$wanted"* ]] || { echo "$seen"; return 1; }
}
bytes=$(stat -c %s "$target/deploycheck/sutler.tar")
check "it has 40 MB at most: $((bytes / 1000000)) MB" test "$bytes" -le 40000000
check "it runs as nobody" of_image '{{.Docker.Config.User}}' '65532:65532'
check "it says itself whether it is healthy" of_image '{{.Docker.Config.Healthcheck}}' 'sutler health'
check "it is labelled" of_image '{{.Docker.Config.Labels}}' 'org.opencontainers.image.revision:0123456789ab'
c=$(buildah from --pull-never localhost/sutler)
root=$(buildah mount "$c")
check "one program is in it, and nothing to break in with" sh -c "[ \"\$(find '$root' -type f -perm /111)\" = '$root/usr/bin/sutler' ]"
check "the certificates of the world are in it" test -s "$root/etc/ssl/certs/ca-certificates.crt"
check "its directory is its own alone" sh -c "[ \"\$(stat -c '%u:%g %a' '$root/var/lib/sutler')\" = '65532:65532 700' ]"
check "it tells its commit" sh -c "chroot '$root' /usr/bin/sutler --version | grep -q 'commit 0123456789ab'"
buildah umount "$c" >/dev/null
finish
