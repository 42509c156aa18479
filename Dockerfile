# An image that contains only dcord, as a static binary. Build it with `docker build -t dcord .`
#
#   docker run --rm -e DCORD_WEBHOOK_URL dcord webhook send 'Build 52 is green'
#
# Rate limits, the cache and the positions of listeners are in /state. Mount a volume there to keep them between runs.
FROM rust:1-alpine AS build
RUN apk add --no-cache musl-dev
WORKDIR /dcord
COPY . .
RUN cargo build --release --locked && mkdir /state

FROM scratch
COPY --from=build /dcord/target/release/dcord /dcord
COPY --from=build --chown=65534:65534 /state /state
ENV HOME=/state DCORD_STATE_DIR=/state DCORD_CACHE_DIR=/state/cache
VOLUME /state
USER 65534
ENTRYPOINT ["/dcord"]
