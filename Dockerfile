# Build where there is pip, run where there is only what runs.
FROM python:3.11.14-slim-bookworm AS build

ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
WORKDIR /src
RUN python -m venv /app
# The dependencies first: they change less often than the code, so their layer is kept.
COPY requirements.lock ./
RUN /app/bin/pip install --no-deps --require-hashes --requirement requirements.lock
COPY pyproject.toml LICENSE ./
COPY aggregates/ aggregates/
COPY projections/ projections/
COPY service/ service/
RUN /app/bin/pip install --no-deps --no-build-isolation .


FROM python:3.11.14-slim-bookworm

ENV PATH=/app/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    LEADLEDGER_DATABASE_URL=sqlite:////data/leadledger.db
RUN useradd --system --uid 10001 --user-group --no-create-home --shell /usr/sbin/nologin leadledger \
    && install --directory --owner=10001 --group=10001 --mode=0750 /data /keys
COPY --from=build /app /app

USER 10001:10001
WORKDIR /data
VOLUME /data
EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s --retries=3 \
    CMD ["python", "-c", "import urllib.request as web; web.urlopen('http://127.0.0.1:8000/health/ready', timeout=4)"]
ENTRYPOINT ["leadledger"]
CMD ["serve", "--host", "0.0.0.0", "--port", "8000"]
