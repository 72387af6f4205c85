#!/usr/bin/env bash
# Installs the programs that test/clients runs: against the emulator, and the shells in which completion is tried. They are not
# dependencies of the project: those from npm go into a folder of their own, those from Debian into the system, if this runs as root on
# Debian. Each step has a time limit, installs only what is missing, and reports what it could not install; the tests skip that. To add a client:
# one line in each list, and a test.
set -uo pipefail

clients=${GRAPH_WATCH_CLIENTS:-$HOME/.cache/graph-watch-clients}
npm_packages=(@azure/identity@4.13.0 @pnp/graph@4.21.0 @pnp/cli-microsoft365@11.11.0)
# Only the package's own files: its dependencies come with a browser or with SharePoint.
npm_tarballs=(@microsoft/sp-list-subscription@1.22.2)
debian_packages=(python3-socketio python3-websocket python3-requests rclone onedrive ca-certificates nats-server zsh fish chromium)

mkdir -p -m 700 "$clients"
cd "$clients" || exit 1
[ -f package.json ] || echo '{"private":true}' > package.json

installed_version() { node -p "JSON.parse(fs.readFileSync('$1/package.json')).version" 2>/dev/null; }

missing=()
for package in "${npm_packages[@]}"; do
  [ "$(installed_version "node_modules/${package%@*}")" = "${package##*@}" ] || missing+=("$package")
done
if [ ${#missing[@]} -gt 0 ]; then
  timeout 300 npm install --ignore-scripts --no-audit --no-fund --save-exact "${missing[@]}" || echo "not installed: ${missing[*]}" >&2
fi

for package in "${npm_tarballs[@]}"; do
  folder=tarballs/${package%@*}
  [ "$(installed_version "$folder/package")" = "${package##*@}" ] && continue
  rm -rf "$folder" && mkdir -p "$folder"
  (cd "$folder" && timeout 120 npm pack --silent "$package" >/dev/null && tar -xzf ./*.tgz && rm -f ./*.tgz) || echo "not installed: $package" >&2
done

if command -v apt-get >/dev/null && [ "$(id -u)" = 0 ]; then
  missing=()
  for package in "${debian_packages[@]}"; do
    dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || missing+=("$package")
  done
  if [ ${#missing[@]} -gt 0 ]; then
    timeout 120 apt-get update -qq || true
    DEBIAN_FRONTEND=noninteractive timeout 300 apt-get install -y -qq --no-install-recommends "${missing[@]}" || echo "not installed: ${missing[*]}" >&2
  fi
fi
exit 0
