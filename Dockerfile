# The shop in a box: one static program, and nothing beside it that could be broken into.
#   make image                                    for this machine's kind
#   docker buildx build --platform linux/arm64 .  for another one, on a machine of that kind or an emulated one
# With --build-arg TARGETARCH=arm64 the program alone is of the other kind, by a compiler for it.

ARG BUILDER=docker.io/library/rust:1.95-bookworm

FROM ${BUILDER} AS build
# amd64 or arm64: buildx sets it by itself, and without it is the builder's own kind.
ARG TARGETARCH
# As `sutler --version` tells it.
ARG BUILD_COMMIT=
WORKDIR /src
COPY . .
RUN own=$(dpkg --print-architecture) && arch=${TARGETARCH:-$own} \
    && if [ "$arch" != "$own" ]; then \
         cross=$([ "$arch" = arm64 ] && echo aarch64 || echo x86-64) \
         && apt-get -q update && apt-get -q install -y --no-install-recommends "gcc-$cross-linux-gnu" "libc6-dev-$arch-cross"; \
       fi \
    && BUILD_COMMIT="${BUILD_COMMIT}" deploy/build-static "$arch" /built
# What the last stage consists of, with its owners: 65532 is nobody's on any machine.
RUN mkdir -p /out/usr/bin /out/etc/ssl/certs /out/var/lib/sutler \
    && cp /built/sutler /out/usr/bin/sutler \
    && cp /etc/ssl/certs/ca-certificates.crt /out/etc/ssl/certs/ \
    && if [ -f dist/sutler.cdx.json ]; then \
         install -D -m 0644 dist/sutler.cdx.json /out/usr/share/doc/sutler/sutler.cdx.json; \
       fi \
    && chown 65532:65532 /out/var/lib/sutler && chmod 0700 /out/var/lib/sutler

# The tests, in a container: docker compose run --rm test
FROM build AS test
CMD ["make", "test"]

FROM scratch
ARG BUILD_COMMIT=
LABEL org.opencontainers.image.title="Sutler" \
      org.opencontainers.image.description="A commerce order backend that never oversells, never loses an order and never places one twice" \
      org.opencontainers.image.licenses="MIT OR Apache-2.0" \
      org.opencontainers.image.revision="${BUILD_COMMIT}"
COPY --from=build /out/ /
# Sheets of any size lie in a file while they come and go, and nothing else can be written.
ENV PATH=/usr/bin \
    SUTLER_LISTEN=0.0.0.0:8000 \
    SUTLER_DATA_DIR=/var/lib/sutler \
    TMPDIR=/var/lib/sutler
WORKDIR /var/lib/sutler
USER 65532:65532
EXPOSE 8000
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s --retries=3 CMD ["/usr/bin/sutler", "health"]
ENTRYPOINT ["/usr/bin/sutler"]
CMD ["serve"]
