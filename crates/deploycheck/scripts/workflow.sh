# shellcheck shell=bash
# What those who fork run on GitHub, and our own scripts, as linters see them.
# shellcheck source=common.sh
. "${BASH_SOURCE%/*}/common.sh"

check "actionlint finds nothing in the workflow" by_python actionlint .github/workflows/ci.yml
check "zizmor finds nothing in it" zizmor --offline --quiet --persona=auditor .github/workflows/ci.yml
check "it runs .ci/run" grep -q 'bash .ci/run' .github/workflows/ci.yml
check "it builds the image and the package" grep -qE 'make (image|package)' .github/workflows/ci.yml
# A fault of each kind is found: they do look.
sed 's/runs-on: ubuntu-24.04/runs-on: ${{ matrix.none }}/' .github/workflows/ci.yml >"$WORK/broken.yml"
refused "actionlint sees a matrix that is not there" by_python actionlint "$WORK/broken.yml"
mkdir -p "$WORK/.github/workflows"
sed 's/persist-credentials: false/persist-credentials: true/' .github/workflows/ci.yml >"$WORK/.github/workflows/leaks.yml"
refused "zizmor sees credentials that are kept" zizmor --offline --quiet --persona=auditor "$WORK/.github/workflows/leaks.yml"
mapfile -t scripts < <(grep -lE '^#!/(bin/sh|usr/bin/env bash)' deploy/* .ci/run 2>/dev/null; ls crates/deploycheck/scripts/*.sh)
check "shellcheck finds nothing in ${#scripts[@]} scripts" shellcheck --severity=warning --external-sources --source-path=SCRIPTDIR "${scripts[@]}"
check "shellcheck finds nothing in the maintainer's scripts" shellcheck deploy/debian/postinst deploy/debian/postrm
finish
