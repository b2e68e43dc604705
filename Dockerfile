# Parlor in a container: docker build -t parlor . && docker run -p 8080:8080 -v parlor:/var/lib/parlor
# -e PARLOR_PUBLIC_URL=https://chat.example.org parlor

FROM node:22-bookworm-slim AS web
WORKDIR /src/web
COPY web/package.json web/package-lock.json ./
RUN npm ci --ignore-scripts --no-audit --no-fund
COPY web/ ./
RUN npm run build

FROM rust:1.95-bookworm AS server
WORKDIR /src
COPY . .
COPY --from=web /src/web/dist web/dist
RUN cargo build --release --locked -p parlor

FROM debian:bookworm-slim
RUN useradd --system --uid 10001 --no-create-home --shell /usr/sbin/nologin parlor \
    && install -d -o parlor -g parlor -m 0700 /var/lib/parlor
COPY --from=server /src/target/release/parlor /usr/local/bin/parlor
USER parlor
ENV PARLOR_LISTEN=0.0.0.0:8080 \
    PARLOR_DATA_DIR=/var/lib/parlor \
    PARLOR_LOG_FORMAT=json
VOLUME /var/lib/parlor
EXPOSE 8080
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=30s --timeout=10s --start-period=60s CMD ["parlor", "health"]
ENTRYPOINT ["parlor"]
CMD ["serve"]
