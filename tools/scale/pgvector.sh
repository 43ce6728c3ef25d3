#!/usr/bin/env bash
# pgvector.sh FOLDER : a copy of Debian 12's PostgreSQL 15 in FOLDER, with pgvector 0.8 built from Debian 13's source.
# The machine's own server stays without it. Use it with FR_STREAM_TEST_POSTGRES=FOLDER/usr/lib/postgresql
set -e
mkdir -p "$1"; top=$(cd "$1" && pwd); keys=/usr/share/keyrings/debian-archive-keyring.gpg
mkdir -p "$top"/apt/lists/partial "$top"/apt/cache/archives/partial "$top"/src "$top"/headers
echo "deb-src [signed-by=$keys] http://deb.debian.org/debian trixie main" >"$top"/apt/sources.list
apt=(-o Dir::Etc::sourcelist="$top"/apt/sources.list -o Dir::Etc::sourceparts=- -o Dir::State::lists="$top"/apt/lists
  -o Dir::Cache="$top"/apt/cache -o APT::Sandbox::User=root)
cd "$top"/src
apt-get "${apt[@]}" -qq update
apt-get "${apt[@]}" -qq source --download-only pgvector
tar xzf pgvector_*.orig.tar.gz --one-top-level=pgvector --strip-components=1
# Headers only: the packages are not installed, so that the server stays the version that it is.
apt-get -qq download postgresql-server-dev-15 libpq-dev
for deb in *.deb; do dpkg -x "$deb" "$top"/headers; done
mkdir -p "$top"/usr/lib/postgresql "$top"/usr/share/postgresql
cp -a /usr/lib/postgresql/15 "$top"/usr/lib/postgresql/
cp -aL /usr/share/postgresql/15 "$top"/usr/share/postgresql/
chmod -R a+rX "$top"/usr
include="$top"/headers/usr/include/postgresql
cd pgvector
gcc -shared -fPIC -O3 -march=native -ftree-vectorize -fassociative-math -fno-signed-zeros -fno-trapping-math \
  -I"$include"/15/server -I"$include"/internal -I"$include" src/*.c -lm -o "$top"/usr/lib/postgresql/15/lib/vector.so
version=$(sed -n "s/^default_version = '\(.*\)'/\1/p" vector.control)
cp sql/vector.sql "$top"/usr/share/postgresql/15/extension/vector--"$version".sql
cp vector.control "$top"/usr/share/postgresql/15/extension/
echo "pgvector $version: FR_STREAM_TEST_POSTGRES=$top/usr/lib/postgresql"
