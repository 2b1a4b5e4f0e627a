# shellcheck shell=bash
# The Debian package in a Debian of its own: installed, upgraded, removed, purged.
# shellcheck source=common.sh
. "${BASH_SOURCE%/*}/common.sh"

check "make package builds it" make --no-print-directory package
mapfile -t built < <(ls -t dist/sutler_*.deb)
deb=${built[0]}
check "lintian finds nothing" lintian --fail-on error,warning --allow-root "$deb"
version=$(dpkg-deb --field "$deb" Version)
check "a later one is built" sh -c "SOURCE_DATE_EPOCH=0 cargo deb --no-build --no-strip --fast --package sutler --deb-version $version+1 --output '$WORK/later.deb'"

debian=$WORK/debian
# With apt and its lists, for the one package that it asks for.
make_debian() {
    mmdebstrap --quiet --variant=apt --include=systemd-standalone-sysusers bookworm "$debian"
}
check "a Debian is made" make_debian
cp "$deb" "$debian/first.deb"
cp "$WORK/later.deb" "$debian/later.deb"
within() {
    DEBIAN_FRONTEND=noninteractive chroot "$debian" "$@"
}
has() {
    within test "$@"
}
dpkg_i() {
    within dpkg --install "$1" | tee "$WORK/said"
}
check "it installs" dpkg_i /first.deb
check "and says what it wants" grep -q 'openssl rand' "$WORK/said"
check "the program runs" within sutler --version
check "it has a user of its own" within getent passwd sutler
check "the settings are the service's alone" sh -c "[ \"\$(chroot '$debian' stat -c '%U:%G %a' /etc/sutler/sutler.toml)\" = 'root:sutler 640' ]"
check "the settings can be read" within sutler config --config /etc/sutler/sutler.toml
check "the service is enabled, and not started" has -L /etc/systemd/system/multi-user.target.wants/sutler.service
check "the logs of the proxy have a place" has -d /var/log/sutler
echo '# Of the owner' >>"$debian/etc/sutler/sutler.toml"
mkdir -p "$debian/var/lib/sutler"
echo shop >"$debian/var/lib/sutler/sutler.db"
check "it upgrades" dpkg_i /later.deb
is_kept() {
    grep -q '^# Of the owner' "$debian/etc/sutler/sutler.toml" && [ "$(within stat -c '%U:%G %a' /etc/sutler/sutler.toml)" = 'root:sutler 640' ]
}
check "what its owner has set stays" is_kept
check "it is of the later version" sh -c "[ \"\$(chroot '$debian' dpkg-query -W -f '\${Version}' sutler)\" = '$version+1' ]"
check "it goes" within dpkg --remove sutler
refused "the program has gone" has -e /usr/bin/sutler
check "the settings stay" is_kept
check "it comes again, as it was" dpkg_i /later.deb
check "with what was set" is_kept
check "it goes for good" within dpkg --purge sutler
refused "the settings have gone" has -e /etc/sutler/sutler.toml
refused "nothing of the service is left" has -e /etc/systemd/system/multi-user.target.wants/sutler.service
refused "no log is left" has -e /var/log/sutler
check "the shop is its owner's, and stays" has -f /var/lib/sutler/sutler.db
finish
