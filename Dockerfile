FROM debian:12.8-slim AS build
RUN apt-get update && apt-get install -y --no-install-recommends python3 python3-venv && rm -rf /var/lib/apt/lists/*
WORKDIR /srv/ip-portal
COPY requirements.txt ./
RUN python3 -m venv .venv && .venv/bin/pip install --no-cache-dir --require-hashes -r requirements.txt
COPY . .
# Only for this command: files for browsers need no secret, and none is in the image.
RUN IPPORTAL_SECRET_KEY=building .venv/bin/python manage.py collectstatic --noinput

FROM debian:12.8-slim
# pg_dump and pg_restore for backups; of the same major version as the database, or newer.
RUN apt-get update && apt-get install -y --no-install-recommends python3 postgresql-client ca-certificates \
    && rm -rf /var/lib/apt/lists/* && useradd --system --uid 10001 --home /srv/ip-portal ip-portal \
    && install -d -o ip-portal -g ip-portal -m 0700 /backups
COPY --from=build /srv/ip-portal /srv/ip-portal
WORKDIR /srv/ip-portal
RUN chown ip-portal: var && find var -mindepth 1 -maxdepth 1 ! -name static -exec rm -rf {} +
USER 10001:10001
ENV PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1 IPPORTAL_BIND=0.0.0.0:8000
EXPOSE 8000
CMD [".venv/bin/gunicorn", "--config", "deploy/gunicorn.conf.py", "ipportal.wsgi"]
