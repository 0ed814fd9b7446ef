#!/bin/sh
# Builds CRIU from Debian's source package with our patches.
# Usage: build-criu.sh fetch SOURCE                      installs what the build needs and unpacks the source to SOURCE
#        build-criu.sh build SOURCE PATCHES DESTINATION  gathers the program, its loader and its libraries in DESTINATION
set -eu

version=4.2.1
sha256=29ec0ee09e296479fe7048c80980e8ef1d0684d0b0204c2b101dfea19f6725b9
suite=forky

# The mirror is the image's own. Snapshots of this suite outlive their Release file, so its date is not asked for;
# signature and the checksum above are.
add_suite() {
    for list in /etc/apt/sources.list /etc/apt/sources.list.d/*.list /etc/apt/sources.list.d/*.sources; do
        [ -f "$list" ] && sed -n -E "s,^deb +(\[[^]]*\] +)?(\S+/debian/?) .*,\2,p; s,^URIs: *(\S+/debian/?) *\$,\1,p" "$list"
    done | sort -u | head -n 1 | while read -r mirror; do
        echo "deb-src [check-valid-until=no signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $mirror $suite main"
    done > /etc/apt/sources.list.d/criu-source.list
    [ -s /etc/apt/sources.list.d/criu-source.list ] || { echo "build-criu: no Debian mirror in the image's apt sources" >&2; exit 1; }
}

fetch() {
    add_suite
    export DEBIAN_FRONTEND=noninteractive
    apt-get update -q
    apt-get install -q -y --no-install-recommends build-essential pkg-config protobuf-compiler protobuf-c-compiler \
        libprotobuf-dev libprotobuf-c-dev libcap-dev libnet1-dev libnl-3-dev libnl-route-3-dev uuid-dev python3-minimal
    work=$(mktemp -d)
    cd "$work"
    chmod 0777 .
    apt-get source -q --download-only --tar-only "criu=$version-*" || apt-get source -q --download-only --tar-only criu
    archive=criu_$version.orig.tar.xz
    [ -f "$archive" ] || { echo "build-criu: suite $suite no longer has CRIU $version, found: $(ls)" >&2; exit 1; }
    echo "$sha256  $archive" | sha256sum -c -
    tar -xJf "$archive"
    mv "criu-$version" "$1"
    rm -rf "$work"
}

build() {
    cd "$1"
    for patch in "$2"/*.patch; do
        patch -p1 --fuzz=0 < "$patch"
    done
    make -j"$(nproc)" criu
    gather "$3"
}

gather() {
    mkdir -p "$1/lib"
    install -m 0755 -s criu/criu "$1/criu"
    ldd "$1/criu" | while read -r name arrow path _; do
        case "$name" in
            /*ld-linux*) cp -L "$name" "$1/ld.so" ;;
            *) if [ "$arrow" = "=>" ]; then cp -L "$path" "$1/lib/$name"; fi ;;
        esac
    done
    "$1/ld.so" --library-path "$1/lib" "$1/criu" --version
}

verb=$1
shift
case $verb in
    fetch) fetch "$@" ;;
    build) build "$@" ;;
    *) echo "build-criu: there is no verb $verb: fetch, build" >&2; exit 2 ;;
esac
