# The agent in a small image: docker build -t colonnade .
#
# Built and tested for amd64. On arm64 the same file applies: Maven takes that machine's native libraries, and the
# libraries of the system are found by asking the programs; nobody has tried it.

# Maven and a JDK 25 on glibc; with binutils the libraries lose their symbols (5 MB).
ARG BUILD_IMAGE=maven:3-eclipse-temurin-25
FROM ${BUILD_IMAGE} AS build
# More flags for Maven, such as -o.
ARG MAVEN_FLAGS=
WORKDIR /source
COPY . .
# Under its final path, because the ahead-of-time cache is of one place.
RUN --mount=type=cache,target=/root/.m2 \
    mvn -B -q -Dquick -Ddist.skip=false -DskipTests -Ddist.directory=/colonnade ${MAVEN_FLAGS} -pl agent -am package
# What the programs ask of the system, a user, and the notices; no shell, no packages.
RUN mkdir -p /image/etc/colonnade \
    && find /colonnade -name java -type f -o -name '*.so' | xargs -n 1 ldd \
       | sed -n 's/.*=> \(\/[^ ]*\) .*/\1/p; s/^\t\(\/[^ ]*\) .*/\1/p' | grep -v '^/colonnade/' | sort -u \
       | xargs -I '{}' cp -L --parents '{}' /image \
    && echo 'colonnade:x:65532:65532::/:/sbin/nologin' >/image/etc/passwd \
    && echo 'colonnade:x:65532:' >/image/etc/group \
    && echo 'hosts: files dns' >/image/etc/nsswitch.conf \
    && cp configs/image.yaml /image/etc/colonnade/config.yaml

FROM scratch
ARG VERSION=0.1.0-SNAPSHOT
LABEL org.opencontainers.image.title="colonnade" \
      org.opencontainers.image.description="A telemetry agent that holds OTLP in little memory until it can be shipped" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="${VERSION}"
# What changes least lies lowest.
COPY --from=build /image /
COPY --from=build /colonnade/runtime /colonnade/runtime
COPY --from=build /colonnade/LICENSE /colonnade/LICENSE
COPY --from=build /colonnade/legal /colonnade/legal
COPY --from=build /colonnade/conf /colonnade/conf
COPY --from=build /colonnade/lib /colonnade/lib
# As in bin/colonnade: freed slabs go back to the kernel at once, one C heap serves all threads.
ENV MALLOC_MMAP_THRESHOLD_=65536 MALLOC_ARENA_MAX=1
USER 65532:65532
EXPOSE 4317 4318 8888 13133
# No HEALTHCHECK: the image has no shell to run one in, and a second virtual machine would need memory of the same
# limit. Kubernetes and others ask port 13133.
ENTRYPOINT ["/colonnade/runtime/bin/java", "@/colonnade/conf/jvm.args", "@/colonnade/conf/start.args"]
CMD ["--config=/etc/colonnade/config.yaml"]
