# The pinned packages are installed in a stage of their own, so that nothing of pip's work stays in the image.
FROM python:3.13-slim AS packages
COPY requirements/run.txt /packages/run.txt
RUN python -m venv /opt/guildhall \
    && /opt/guildhall/bin/pip install --no-cache-dir --require-hashes -r /packages/run.txt

FROM python:3.13-slim
ENV PATH=/opt/guildhall/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    GUILDHALL__APP__DATA_DIR=/data \
    GUILDHALL__WEB__HOST=0.0.0.0 \
    GUILDHALL__WEB__BEHIND_PORT_MAPPING=true
WORKDIR /app
COPY --from=packages /opt/guildhall /opt/guildhall
COPY LICENSE ./
COPY bot bot
COPY adapters adapters
COPY jobs jobs
# Compiled now: the root file system is read-only later. /data belongs to the bot but is not declared a volume: Docker
# would mount an anonymous one and hide that nobody thought of keeping the data. The market's picture needs a font.
RUN apt-get update \
    && apt-get install -y --no-install-recommends fonts-dejavu-core \
    && rm -rf /var/lib/apt/lists/* \
    && python -m compileall -q bot adapters jobs \
    && useradd --uid 10001 --user-group --no-create-home --home-dir /data --shell /usr/sbin/nologin guildhall \
    && install -d -o guildhall -g guildhall /data
USER 10001:10001
EXPOSE 8080
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s CMD ["python", "-m", "bot", "health"]
ENTRYPOINT ["python", "-m", "bot"]
CMD ["run"]
