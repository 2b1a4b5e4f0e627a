# The commands of this repository. `make` lists them; `cargo xtask help` has the details.
# Arguments go through ARGS: make run ARGS="--listen 127.0.0.1:9000"

.DEFAULT_GOAL := help
.PHONY: help needs create-superuser run test conformance check bench proof mutants dev \
	release sbom package image run-docker run-pg deploy-check

ARGS ?=
SINCE ?=
OWN_ARCH := $(if $(filter aarch64 arm64,$(shell uname -m)),arm64,amd64)
ARCH ?= $(OWN_ARCH)
# As `sutler --version` tells it. Not where tests are built, which would be linked anew with each commit.
run create-superuser release image run-docker: export BUILD_COMMIT := $(or $(BUILD_COMMIT),$(shell git describe --always --dirty --exclude '*' --abbrev=12 2>/dev/null))
BUILT = $${CARGO_TARGET_DIR:-target}/release

help: ## list the targets
	@sed -n 's/^\([a-z-]*\):.*## /  make \1\t/p' $(firstword $(MAKEFILE_LIST)) | expand -t 25

run: needs ## build Sutler and open a demo shop on this machine (ARGS go to sutler demo)
	cargo build --release --package sutler
	exec $(BUILT)/sutler demo $(ARGS)

# In the box, if that is open.
create-superuser: ## make an admin: asks for name, address and password (ARGS go to sutler user create)
	@if [ -f .env ] && [ -n "$$(deploy/compose ps -q web 2>/dev/null)" ]; then \
		deploy/compose exec web sutler user create --role admin --ask $(ARGS); \
	else \
		$(MAKE) --no-print-directory needs && cargo build --quiet --release --package sutler && \
		$(BUILT)/sutler user create --role admin --ask $(ARGS); \
	fi

test: needs ## install what is missing, run every test, sum up in the last line
	@cargo xtask test $(if $(ARGS),-- $(ARGS))

# The debug build: make test has made it already, and its arithmetic panics where a release goes on.
conformance: needs ## clients that nobody here wrote, against a real shop (ARGS="--parts curls": some of them)
	@cargo xtask tools conformance
	@cargo build --quiet --package sutler --package conformance
	@exec $${CARGO_TARGET_DIR:-target}/debug/conformance $(ARGS)

check: needs ## formatting and lints, warnings are errors
	@cargo fmt --version >/dev/null && cargo clippy --version >/dev/null || { \
		echo "rustfmt or clippy is missing: rustup component add rustfmt clippy" >&2; exit 1; }
	cargo fmt --all --check
	cargo clippy --workspace --all-targets -- -D warnings

bench: needs ## measure against the physical limit on both engines (ARGS go to proof bench)
	@cargo xtask tools
	cargo build --release --package sutler --package proof
	exec $(BUILT)/proof bench $(ARGS)

proof: needs ## try to break the promises every way we know, most of an hour (ARGS go to proof all)
	@cargo xtask tools
	cargo build --release --package sutler --package proof
	cargo build --release --package sutler --features failpoints --bin sutler-failpoints
	exec $(BUILT)/proof all $(ARGS)

mutants: needs ## change the code in every way, and see what no test notices (SINCE=revision: what is new)
	@cargo xtask tools mutants
	cargo build --package proof
	exec $${CARGO_TARGET_DIR:-target}/debug/proof survivors $(if $(SINCE),--since $(SINCE)) $(ARGS)

dev: needs ## the demo shop, rebuilt and restarted when a source changes
	@exec cargo xtask dev $(ARGS)

release: needs ## the program as one static file, dist/sutler, its debug information beside it (ARCH=arm64: for that)
	deploy/build-static $(ARCH) dist

# In a copy: it writes beside each Cargo.toml, and the paths in it are those of where it runs.
sbom: needs ## what the program consists of, as CycloneDX: dist/sutler.cdx.json
	@cargo xtask tools cyclonedx
	deploy/sbom dist

package: release sbom ## a Debian package of it, in dist/
	@cargo xtask tools deb
	SOURCE_DATE_EPOCH=$${SOURCE_DATE_EPOCH:-$$(git log -1 --format=%ct)} \
		cargo deb --no-build --no-strip --target $(if $(filter arm64,$(ARCH)),aarch64,x86_64)-unknown-linux-gnu \
		--package sutler --output dist/

image: sbom ## the image `sutler`, by docker (ARCH=arm64: for that, on a machine that can run it)
	docker build --tag sutler --build-arg BUILD_COMMIT="$$BUILD_COMMIT" \
		$(if $(filter $(ARCH),$(OWN_ARCH)),,--platform linux/$(ARCH)) .

run-docker: ## the demo in a box, on Postgres, by docker compose (ARGS go to up)
	@deploy/box-password
	deploy/compose up --build $(ARGS)

run-pg: ## a Postgres in a box, for a shop on this machine (ARGS go to up)
	@deploy/box-password
	deploy/compose --file docker-compose-pg.yaml up $(ARGS)

# The short form is what .ci/run runs; the whole of it builds the image and the package, and opens the box.
deploy-check: needs ## try each file that the shop is run by (ARGS="--short": without image and package)
	@cargo xtask tools deploy $(if $(findstring --short,$(ARGS)),,boxes cyclonedx deb)
	@cargo build --quiet --package sutler --package deploycheck
	@exec $${CARGO_TARGET_DIR:-target}/debug/deploycheck $(ARGS)

needs:
	@command -v cargo >/dev/null || { \
		echo "cargo is missing: install Rust from https://rustup.rs, then open a new shell" >&2; exit 1; }
	@command -v gcc >/dev/null || command -v cc >/dev/null || { \
		echo "gcc is missing: install it (Debian: apt-get install gcc libc6-dev)" >&2; exit 1; }
