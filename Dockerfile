# One image for each service; `npm run image -- <service>` builds one, `npm run image` all.
# Needs BuildKit (Docker 23 or newer), Podman or Buildah; these two with `--format docker`, the
# only format that keeps a health check.
#
#   manifests ─▶ compiled ─┐
#       └────────────────▶ parts ─▶ <service>-files ─▶ <service>
#                                     service ────────────▲

# Pinned by version. Whoever has the registry at hand can pin the digest as well:
# --build-arg BASE_IMAGE=node:24.19.0-bookworm-slim@sha256:…
ARG BASE_IMAGE=node:24.19.0-bookworm-slim

# What npm reads of each package, and no source: installed packages stay cached while only code changes.
FROM ${BASE_IMAGE} AS manifests
WORKDIR /manifests
COPY . /source
RUN cd /source && cp --parents package.json package-lock.json .npmrc ./*/package.json ./*/*/package.json /manifests

# All of CAVE, compiled. Scripts of packages do not run: whatever is native comes prebuilt.
# A registry of one's own: --secret id=npmrc,src=$HOME/.npmrc; npm does without where there is none.
FROM ${BASE_IMAGE} AS compiled
WORKDIR /source
COPY --from=manifests /manifests ./
RUN --mount=type=cache,target=/npm/cache --mount=type=secret,id=npmrc,target=/npm/npmrc npm ci --cache /npm/cache --userconfig /npm/npmrc --ignore-scripts --prefer-offline --no-audit --no-fund
COPY . ./
RUN node node_modules/typescript/bin/tsc -b && node node_modules/vite/bin/vite.js build apps/www/ui --logLevel warn && node adapters/embedded/dist/src/config-store/prepare-template.js && rm -rf node_modules

# What all of CAVE needs to run, and beside it CAVE: each image takes its part.
FROM ${BASE_IMAGE} AS parts
WORKDIR /packages
COPY --from=manifests /manifests ./
RUN --mount=type=cache,target=/npm/cache --mount=type=secret,id=npmrc,target=/npm/npmrc npm ci --cache /npm/cache --userconfig /npm/npmrc --omit=dev --ignore-scripts --prefer-offline --no-audit --no-fund
COPY --from=compiled /source /compiled

# What all services share. Everything below /app belongs to root; the service may write its
# data directory and /tmp, and nothing else.
FROM ${BASE_IMAGE} AS service
RUN echo 'cave:x:7000:7000:CAVE:/var/lib/cave:/usr/sbin/nologin' >> /etc/passwd && echo 'cave:x:7000:' >> /etc/group \
  && mkdir -p /var/lib/cave && chown 7000:7000 /var/lib/cave && chmod 700 /var/lib/cave
WORKDIR /app
# Each service looks at its own address only.
ENV NODE_ENV=production \
    CAVE_DATA_DIR=/var/lib/cave \
    API_SERVICE_HTTP_HOST=0.0.0.0 \
    DB_WRITER_HTTP_HOST=0.0.0.0 \
    WORKER_HTTP_HOST=0.0.0.0 \
    SCHEDULER_HTTP_HOST=0.0.0.0 \
    WWW_HTTP_HOST=0.0.0.0
ARG VERSION=development
LABEL org.opencontainers.image.vendor="CAVE" org.opencontainers.image.licenses="MIT" org.opencontainers.image.version="${VERSION}"
STOPSIGNAL SIGTERM
# By number, so that a cluster can see that it is not root.
USER 7000:7000

# ── api ──────────────────────────────────────────────────────────────────────────────────
FROM parts AS api-files
RUN node /compiled/scripts/image/assemble.mjs api /compiled /packages /app
FROM service AS api
COPY --from=api-files /app ./
EXPOSE 7001
HEALTHCHECK --interval=10s --timeout=5s --start-period=90s --retries=3 CMD ["node", "healthcheck.mjs", "API_SERVICE", "7001"]
ENTRYPOINT ["node", "apps/api/dist/src/main.js"]

# ── dbwriter ─────────────────────────────────────────────────────────────────────────────
FROM parts AS dbwriter-files
RUN node /compiled/scripts/image/assemble.mjs dbwriter /compiled /packages /app
FROM service AS dbwriter
COPY --from=dbwriter-files /app ./
EXPOSE 7003
HEALTHCHECK --interval=10s --timeout=5s --start-period=90s --retries=3 CMD ["node", "healthcheck.mjs", "DB_WRITER", "7003"]
ENTRYPOINT ["node", "apps/dbwriter/dist/src/main.js"]

# ── worker ───────────────────────────────────────────────────────────────────────────────
FROM parts AS worker-files
RUN node /compiled/scripts/image/assemble.mjs worker /compiled /packages /app
FROM service AS worker
COPY --from=worker-files /app ./
EXPOSE 7004
HEALTHCHECK --interval=10s --timeout=5s --start-period=90s --retries=3 CMD ["node", "healthcheck.mjs", "WORKER", "7004"]
ENTRYPOINT ["node", "apps/worker/dist/src/main.js"]

# ── scheduler ────────────────────────────────────────────────────────────────────────────
FROM parts AS scheduler-files
RUN node /compiled/scripts/image/assemble.mjs scheduler /compiled /packages /app
FROM service AS scheduler
COPY --from=scheduler-files /app ./
EXPOSE 7005
HEALTHCHECK --interval=10s --timeout=5s --start-period=90s --retries=3 CMD ["node", "healthcheck.mjs", "SCHEDULER", "7005"]
ENTRYPOINT ["node", "apps/scheduler/dist/src/main.js"]

# ── www ──────────────────────────────────────────────────────────────────────────────────
FROM parts AS www-files
RUN node /compiled/scripts/image/assemble.mjs www /compiled /packages /app
FROM service AS www
COPY --from=www-files /app ./
EXPOSE 7002
HEALTHCHECK --interval=10s --timeout=5s --start-period=90s --retries=3 CMD ["node", "healthcheck.mjs", "WWW", "7002"]
ENTRYPOINT ["node", "apps/www/dist/src/main.js"]

# ── cli: `cave migrate` and the other commands ───────────────────────────────────────────
FROM parts AS cli-files
RUN node /compiled/scripts/image/assemble.mjs cli /compiled /packages /app
FROM service AS cli
COPY --from=cli-files /app ./
HEALTHCHECK NONE
ENTRYPOINT ["node", "apps/cli/dist/src/main.js"]
CMD ["--help"]

# ── all-in-one: every service in one process; alone on the embedded profile unless told otherwise ──
FROM parts AS all-in-one-files
RUN node /compiled/scripts/image/assemble.mjs all-in-one /compiled /packages /app
FROM service AS all-in-one
COPY --from=all-in-one-files /app ./
# An empty database to begin with. A database is its owner's alone, so the service owns this one.
COPY --from=compiled --chown=7000:7000 /source/adapters/embedded/dist/config-store-template ./adapters/embedded/dist/config-store-template
VOLUME /var/lib/cave
EXPOSE 7001 7002
HEALTHCHECK --interval=10s --timeout=5s --start-period=90s --retries=3 CMD ["node", "healthcheck.mjs", "API_SERVICE", "7001"]
ENTRYPOINT ["node", "apps/all-in-one/dist/src/main.js"]
