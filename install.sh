#!/bin/sh
# Installs the command segue from a release: looks what machine this is, fetches the archive and its checksum, compares, and
# puts the program into a folder.
#
#   curl -fsSL https://github.com/OWNER/segue/releases/latest/download/install.sh | SEGUE_REPOSITORY=https://github.com/OWNER/segue sh
#
# SEGUE_REPOSITORY    the repository that the releases are in (the release's own copy of this file has it filled in)
# SEGUE_VERSION       a version such as 0.1.0; without it the latest
# SEGUE_INSTALL_DIR   where to; without it ~/.local/bin
# SEGUE_DOWNLOAD      the folder of the archives, where they are somewhere else
# SEGUE_TARGET        the target, where the one that is found is not wanted (gnu has the embedded PostgreSQL, musl is static)
set -eu

fail() {
    echo "install.sh: $1" >&2
    exit 1
}

find_target() {
    system=$(uname -s) machine=$(uname -m)
    case $machine in
        x86_64 | amd64) machine=x86_64 ;;
        aarch64 | arm64) machine=aarch64 ;;
    esac
    case $system:$machine in
        Linux:x86_64)
            if getconf GNU_LIBC_VERSION >/dev/null 2>&1; then echo x86_64-unknown-linux-gnu; else echo x86_64-unknown-linux-musl; fi ;;
        # static: it runs with glibc too
        Linux:aarch64) echo aarch64-unknown-linux-musl ;;
        Darwin:aarch64) echo aarch64-apple-darwin ;;
        Darwin:x86_64) echo x86_64-apple-darwin ;;
        *) fail "there is no release for $system on $machine: build it from source (cargo install --locked --path crates/cli --no-default-features)" ;;
    esac
}

fetch() {
    if command -v curl >/dev/null 2>&1; then
        curl -fsSL --retry 2 -o "$2" "$1"
    elif command -v wget >/dev/null 2>&1; then
        wget -q -O "$2" "$1"
    else
        fail "neither curl nor wget is installed"
    fi || fail "could not fetch $1"
}

sum() {
    if command -v sha256sum >/dev/null 2>&1; then
        sha256sum "$1"
    elif command -v shasum >/dev/null 2>&1; then
        shasum -a 256 "$1"
    else
        fail "neither sha256sum nor shasum is installed: the archive cannot be checked"
    fi | cut -d ' ' -f 1
}

# All in a function: a script that arrives cut off does nothing.
main() {
    target=${SEGUE_TARGET:-$(find_target)}
    repository=${SEGUE_REPOSITORY:-@REPOSITORY@}
    download=${SEGUE_DOWNLOAD:-}
    if [ -z "$download" ]; then
        case $repository in
            @*) fail "SEGUE_REPOSITORY has to name the repository that the releases are in" ;;
        esac
        if [ -n "${SEGUE_VERSION:-}" ]; then
            download=$repository/releases/download/v$SEGUE_VERSION
        else
            download=$repository/releases/latest/download
        fi
    fi
    folder=${SEGUE_INSTALL_DIR:-$HOME/.local/bin}
    archive=segue-$target.tar.gz

    work=$(mktemp -d)
    trap 'rm -rf "$work"' EXIT
    trap 'exit 130' INT TERM
    fetch "$download/$archive" "$work/$archive"
    fetch "$download/$archive.sha256" "$work/$archive.sha256"
    wanted=$(cut -d ' ' -f 1 <"$work/$archive.sha256")
    found=$(sum "$work/$archive")
    [ -n "$wanted" ] && [ "$wanted" = "$found" ] ||
        fail "$archive is not what was released: its SHA-256 is $found, and $wanted was to be; nothing was installed"
    tar -xzf "$work/$archive" -C "$work" segue
    mkdir -p "$folder"
    # beside it first: a program that runs is replaced, not written over
    cp "$work/segue" "$folder/.segue.new"
    chmod 755 "$folder/.segue.new"
    mv -f "$folder/.segue.new" "$folder/segue"
    echo "installed $("$folder/segue" --version) as $folder/segue"
    case :$PATH: in
        *:"$folder":*) ;;
        *) echo "$folder is not in PATH" ;;
    esac
}

main
