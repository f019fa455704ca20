# What the scripts about the image share, in bash. Source it after bench-lib.sh: . "$(dirname "$0")/image-lib.sh"
# Builds the image and runs it, with docker where its engine answers, else with Debian's buildah, podman and runc.
#
# All that buildah and podman store lies in target/image/storage, and end_images takes it away again.

image=localhost/colonnade:test
image_target=$root/target/image
image_storage=$image_target/storage
image_base=$image_target/base.tar

have_docker() { command -v docker >/dev/null && docker info >/dev/null 2>&1; }

# Says what is missing for images; empty when nothing is.
image_tools_missing() {
    local tool missing=()
    have_docker && return
    if [ "$(id -u)" != 0 ]; then
        say "root, or a docker engine"
        return
    fi
    for tool in buildah podman runc dpkg strip ldd; do
        command -v "$tool" >/dev/null || missing+=("$tool")
    done
    [ ${#missing[@]} = 0 ] || say "${missing[*]}"
}

# One storage and one driver for all calls: buildah and podman refuse what another driver has made.
storage_options() {
    printf '%s\n' --root "$image_storage/root" --runroot "$image_storage/run" --storage-driver vfs
}

buildah_here() {
    local options
    mapfile -t options < <(storage_options)
    BUILDAH_ISOLATION=chroot TMPDIR=$image_storage/tmp command buildah "${options[@]}" "$@"
}

podman_here() {
    local options
    mapfile -t options < <(storage_options)
    # The defaults for limits are higher than a container may set them.
    printf '[containers]\ndefault_ulimits = ["nofile=20000:20000", "nproc=4096:4096"]\n' >"$image_storage/containers.conf"
    CONTAINERS_CONF=$image_storage/containers.conf TMPDIR=$image_storage/tmp command podman "${options[@]}" \
        --tmpdir "$image_storage/libpod" --runtime runc --cgroup-manager cgroupfs --events-backend file "$@"
}

# A root file system to build in, from this machine's own files: a stand-in for the base image that Dockerfile names,
# which cannot be pulled where there is no registry. It is kept; its name says what it was made from.
make_image_base() {
    local jdk maven_home packages folder program key
    jdk=$(find_java_25 javac) || return 1
    maven_home=$(dirname "$(dirname "$(readlink -f "$(command -v mvn)")")")
    key=$(cat "$jdk/release" "$0" "${BASH_SOURCE[0]}" <(mvn --version 2>/dev/null | head -n 1) | sha256sum | cut -c 1-12)
    image_base=$image_target/base-$key.tar
    [ ! -f "$image_base" ] || return 0
    rm -f "$image_target"/base-*.tar
    folder=$image_storage/base
    packages=(base-files dash bash coreutils grep sed findutils libc-bin binutils binutils-common
        "binutils-$(uname -m | tr _ -)-linux-gnu")
    mkdir -p "$folder"
    for program in bin sbin lib lib64 lib32; do
        [ ! -L "/$program" ] || cp -a "/$program" "$folder/"
    done
    mkdir -p "$folder"/usr/{bin,sbin,lib,lib64} "$folder"/{tmp,root,proc,sys,dev,etc,var/tmp}
    dpkg -L "${packages[@]}" | grep -Ev '^/usr/share/(doc|man|locale|info)' | while IFS= read -r file; do
        if [ -f "$file" ] || [ -L "$file" ]; then
            printf '%s\0' "$file"
        fi
    done | tar --null --no-recursion --files-from=- -cf - 2>/dev/null | tar -xf - --keep-directory-symlink -C "$folder"
    mkdir -p "$folder/opt/java" "$folder/opt/maven"
    (cd "$jdk" && tar --dereference --exclude=src.zip --exclude=demo -cf - .) | tar -xf - -C "$folder/opt/java"
    cp -rL "$maven_home"/. "$folder/opt/maven/"
    ln -sf /opt/maven/bin/mvn "$folder/usr/bin/mvn"
    # The libraries that all of that asks for.
    find "$folder"/usr/bin "$folder"/usr/sbin "$folder"/opt/java -type f \( -perm -u+x -o -name "*.so" \) -print0 |
        { xargs -0 -n 50 ldd 2>/dev/null || true; } | grep -o '/[^ ]*lib[^ ]*\.so[^ ]*' | grep -v "$folder" | sort -u |
        while IFS= read -r file; do
            mkdir -p "$folder/usr/$(dirname "${file#/usr/}")"
            cp -Ln "$file" "$folder/usr/${file#/usr/}"
        done
    chmod 1777 "$folder/tmp" "$folder/var/tmp"
    tar -C "$folder" -cf "$image_base.new" .
    rm -rf "$folder"
    mv "$image_base.new" "$image_base"
}

# Builds the image from the Dockerfile.
build_image() {
    local container
    if have_docker; then
        docker build --tag "$image" "$root"
        return
    fi
    rm -rf "$image_storage"
    mkdir -p "$image_storage/tmp"
    make_image_base
    container=$(buildah_here from scratch)
    buildah_here add --quiet "$container" "$image_base" / >/dev/null
    buildah_here config --env JAVA_HOME=/opt/java --env PATH=/opt/java/bin:/usr/bin:/usr/sbin "$container"
    buildah_here commit --quiet --rm "$container" localhost/colonnade-build >/dev/null
    buildah_here bud --quiet --isolation chroot --build-arg BUILD_IMAGE=localhost/colonnade-build \
        --volume "${MAVEN_REPOSITORY:-$HOME/.m2/repository}:/maven-repository" \
        --build-arg 'MAVEN_FLAGS=-Dmaven.repo.local=/maven-repository' --tag "$image" --file "$root/Dockerfile" "$root"
    buildah_here rmi --force localhost/colonnade-build >/dev/null
}

# Runs podman's or docker's commands on containers: containers run ...
containers() { if have_docker; then docker "$@"; else podman_here "$@"; fi; }

# Ends what of ours runs, and takes images and storage away.
end_images() {
    local mount
    if have_docker; then
        docker image rm --force "$image" >/dev/null 2>&1 || true
        return
    fi
    [ -d "$image_storage" ] || return 0
    podman_here rm --all --force --time 0 >/dev/null 2>&1 || true
    buildah_here rm --all >/dev/null 2>&1 || true
    # Mounts that a killed build has left would keep the folder, or worse, be emptied with it.
    while IFS= read -r mount; do
        umount --lazy "$mount" 2>/dev/null || true
    done < <(awk -v under="$image_storage/" 'index($5, under) == 1 {print $5}' /proc/self/mountinfo | sort -r)
    if awk -v under="$image_storage/" 'index($5, under) == 1 {found = 1} END {exit !found}' /proc/self/mountinfo; then
        say "a mount stays below $image_storage; it is left alone" >&2
        return 1
    fi
    rm -rf "$image_storage"
    # podman's empty control groups.
    rmdir /sys/fs/cgroup/libpod_parent /sys/fs/cgroup/*/libpod_parent 2>/dev/null || true
}

running=()

end_containers() {
    local name
    for name in "${running[@]}"; do
        containers rm --force "$name" >/dev/null 2>&1 || true
    done
    running=()
}

# Runs the image in the background as CASE: start_container CASE MEMORY 'YAML' ENGINE-OPTIONS...
# Sets container, container_pid, agent_grpc, agent_http, agent_metrics, agent_health. The configuration comes as the OpenTelemetry
# Operator gives it, and the file system is read-only, as it should be anywhere.
start_container() {
    container=colonnade-test-$1-$$
    mkdir -p "$work/$1"
    chmod 755 "$work" "$work/$1"
    free_port && agent_grpc=$port
    free_port && agent_http=$port
    free_port && agent_metrics=$port
    free_port && agent_health=$port
    cat >"$work/$1/collector.yaml" <<YAML
receivers:
  otlp:
    protocols:
      grpc: {endpoint: "127.0.0.1:$agent_grpc"}
      http: {endpoint: "127.0.0.1:$agent_http"}
exporters:
  otlp_grpc:
    endpoint: "127.0.0.1:$sink_grpc"
    tls: {insecure: true}
    retry_on_failure: {initial_interval: 200ms, max_interval: 1s}
extensions: {health_check: {endpoint: "127.0.0.1:$agent_health"}}
service:
  extensions: [health_check]
  shutdown: {grace: 1s, deadline: 20s}
  telemetry: {metrics: {readers: [{pull: {exporter: {prometheus: {host: 127.0.0.1, port: $agent_metrics}}}}]}}
  pipelines:
    logs: {receivers: [otlp], exporters: [otlp_grpc]}
    traces: {receivers: [otlp], exporters: [otlp_grpc]}
    metrics: {receivers: [otlp], exporters: [otlp_grpc]}
YAML
    running+=("$container")
    containers run --detach --name "$container" --network host --memory "$2" --memory-swap "$2" --read-only \
        --volume "$work/$1:/conf:ro" "${@:3}" "$image" --config=/conf/collector.yaml >/dev/null
    container_pid=$(containers inspect --format '{{.State.Pid}}' "$container")
    until agent_page >/dev/null 2>&1; do
        kill -0 "$container_pid" 2>/dev/null || die "$1: agent did not start: $(containers logs "$container" 2>&1)"
    done
}

agent_page() { curl --silent --show-error --fail --max-time 5 "http://127.0.0.1:$agent_metrics/metrics"; }

# One series of the agent's page, summed over its labels: metric NAME
metric() { agent_page | awk -v name="$1" '{ split($1, part, "{") } part[1] == name { sum += $2 } END { printf "%d\n", sum }'; }

# A file of the container's control group, v1 or v2: group_file V1-NAME V2-NAME
group_file() {
    local v1 v2
    v1=$(awk -F: '$2 ~ /(^|,)memory(,|$)/ {print $3}' "/proc/$container_pid/cgroup")
    v2=$(awk -F: '$1 == 0 {print $3}' "/proc/$container_pid/cgroup")
    if [ -f "/sys/fs/cgroup/memory$v1/$1" ]; then cat "/sys/fs/cgroup/memory$v1/$1"; else cat "/sys/fs/cgroup$v2/$2"; fi
}

# Sets peak_mib, anonymous_mib and resident_mib of the container up to now.
measure_memory() {
    peak_mib=$(($(group_file memory.max_usage_in_bytes memory.peak) >> 20))
    anonymous_mib=$(($(sed -n 's/^RssAnon:[^0-9]*\([0-9]*\).*/\1/p' "/proc/$container_pid/status") >> 10))
    resident_mib=$(($(sed -n 's/^VmHWM:[^0-9]*\([0-9]*\).*/\1/p' "/proc/$container_pid/status") >> 10))
}

# Sends in the background, refused requests again: send LEDGER PROTOCOL RATE SECONDS MORE...; sets load_pid.
send() {
    local target=$agent_grpc
    [ "$2" = grpc ] || target=$agent_http
    tool load.LoadMain --target "127.0.0.1:$target" --protocol "$2" --rate "$3" --warmup 0 --duration "$4" --timeout 5 \
        --ledger "$work/$1.ledger" "${@:5}" >"$work/$1.facts" 2>&1 &
    load_pid=$!
    started_pids+=("$load_pid")
}
