# The image of waba-migrator: the program, its shared libraries and the trusted certificate
# authorities, and nothing else. It runs as an unprivileged user; only its own folder is writable.
#
#   docker build --build-arg COMMIT="$(git rev-parse --short=12 HEAD)" --tag waba-migrator .
#   docker run --read-only --publish 8080:8080 \
#       --volume migrations:/var/lib/waba-migrator waba-migrator
#
# docs/deployment.md lists what else a container needs.

# The Rust release of rust-version in Cargo.toml. A tag can be moved, so a release adds a digest:
# --build-arg RUST_IMAGE=rust:1.95-slim-bookworm@sha256:… (docs/deployment.md). There is none here,
# since an outdated digest would miss security updates of the base image.
ARG RUST_IMAGE=rust:1.95-slim-bookworm

FROM ${RUST_IMAGE} AS build
SHELL ["/bin/bash", "-o", "pipefail", "-c"]
WORKDIR /build

# Dependencies only: this layer is rebuilt only when they, build.rs or the contract change.
COPY Cargo.toml Cargo.lock build.rs ./
COPY crates/domain/Cargo.toml crates/domain/
COPY crates/sandbox/Cargo.toml crates/sandbox/
COPY proto proto
RUN mkdir -p src benches/load crates/domain/src crates/sandbox/src \
    && echo 'fn main() {}' | tee src/main.rs benches/load/main.rs > /dev/null \
    && touch src/lib.rs crates/domain/src/lib.rs crates/sandbox/src/lib.rs \
    && cargo build --release --locked \
    && rm -r src crates

# The service. `touch`: the sources must be newer than the build above, whatever their times.
ARG COMMIT
COPY crates crates
COPY docs docs
COPY src src
RUN touch src/lib.rs src/main.rs crates/domain/src/lib.rs crates/sandbox/src/lib.rs \
    && WABA_MIGRATOR_COMMIT="${COMMIT}" cargo build --release --locked

# The contents of the image: the program without symbols, its shared libraries, the name service
# configuration, the database folder, the settings. Loopback is useless in a container: both ports
# are open to the container's network, so callers need an API key.
RUN mkdir -p /image/usr/local/bin /image/etc/ssl/certs /image/etc/waba-migrator /image/tmp /image/var/lib/waba-migrator \
    && strip -o /image/usr/local/bin/waba-migrator target/release/waba-migrator \
    && ldd target/release/waba-migrator | grep -o '/[^ ]*' | xargs -I '{}' cp --parents --dereference '{}' /image \
    && find / -xdev -path /image -prune -o -name 'libnss_*.so.2' -exec cp --parents --dereference '{}' /image ';' \
    && cp --dereference /etc/ssl/certs/ca-certificates.crt /image/etc/ssl/certs/ \
    && echo 'hosts: files dns' > /image/etc/nsswitch.conf \
    && echo 'waba-migrator:x:65532:65532::/var/lib/waba-migrator:/sbin/nologin' > /image/etc/passwd \
    && echo 'waba-migrator:x:65532:' > /image/etc/group \
    && printf '[server]\nlisten = "0.0.0.0:8080"\n\n[ops]\nlisten = "0.0.0.0:9090"\n\n[auth]\napi_keys = true\n' \
        > /image/etc/waba-migrator/waba-migrator.toml \
    && chmod 1777 /image/tmp \
    && chmod 0700 /image/var/lib/waba-migrator \
    && chown 65532:65532 /image/var/lib/waba-migrator

FROM scratch
ARG COMMIT
ARG VERSION=0.1.0
LABEL org.opencontainers.image.title="waba-migrator" \
      org.opencontainers.image.description="Moves WhatsApp phone numbers between WhatsApp Business Accounts" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${COMMIT}"
COPY --from=build /image /

ENV PATH=/usr/local/bin \
    SSL_CERT_FILE=/etc/ssl/certs/ca-certificates.crt \
    WABA_MIGRATOR_CONFIG=/etc/waba-migrator/waba-migrator.toml
USER 65532:65532
WORKDIR /var/lib/waba-migrator
VOLUME /var/lib/waba-migrator
EXPOSE 8080 9090
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=3s --start-period=30s CMD ["waba-migrator", "health"]
ENTRYPOINT ["waba-migrator"]
CMD ["serve"]
