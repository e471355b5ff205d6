# The tools in a slim Debian, without compiler and network:
#   docker build -t zeromiss .
#   docker run --rm --network none -v LOT_FOLDER:/input:ro -v RESULTS_FOLDER:/output zeromiss \
#     inspect -m data/models/wafer-map-cnn -i /input -o /output/run
# RESULTS_FOLDER must be writable for the user 10001, or give --user "$(id -u)".
FROM debian:12 AS build
COPY . /src
WORKDIR /src
RUN scripts/package.sh && mkdir /opt/zeromiss && tar -xzf build/package/zeromiss-*.tar.gz -C /opt/zeromiss --strip-components 1

FROM debian:12-slim
COPY --from=build /opt/zeromiss /opt/zeromiss
RUN useradd --uid 10001 --no-create-home --shell /usr/sbin/nologin zeromiss
ENV PATH=/opt/zeromiss/bin:$PATH
WORKDIR /opt/zeromiss
USER 10001
CMD ["inspect", "--help"]
