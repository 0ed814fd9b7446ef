#!/bin/sh
# Makes the file to download, of LARGE_MB megabytes (default 64), and its checksum; then serves both.
set -eu
mkdir -p /srv/www
head -c "$((${LARGE_MB:-64} * 1048576))" /dev/urandom >/srv/www/large
sha256sum /srv/www/large | cut -d ' ' -f 1 >/srv/www/large.sha256
exec nginx -c /etc/nginx/carryon.conf
