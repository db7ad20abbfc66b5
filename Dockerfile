# segue alone: a static binary without the embedded PostgreSQL, run by nobody in particular.
#
#   docker build -t segue .
#   docker run --rm -e DATABASE_URL -v "$PWD/migrations:/migrations:ro" segue status --dir /migrations
#
# For a deploy put the migrations into an image of your own:
#
#   FROM segue
#   COPY migrations /migrations
FROM rust:1-alpine AS build
RUN apk add --no-cache build-base ca-certificates
WORKDIR /segue
COPY . .
RUN cargo build --locked --profile slim --package segue-cli --no-default-features

FROM scratch
COPY --from=build /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/ca-certificates.crt
COPY --from=build /segue/target/slim/segue /segue
USER 65532:65532
ENTRYPOINT ["/segue"]
CMD ["--help"]
