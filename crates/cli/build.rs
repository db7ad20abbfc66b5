//! What the linker is told of the release binary: how to pack its relocations, and which functions to put side by side.

use std::{
    env,
    path::{Path, PathBuf},
    process::Command,
};

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    let variable = |name| env::var(name).unwrap_or_default();
    let is_linux_gnu =
        variable("CARGO_CFG_TARGET_OS") == "linux" && variable("CARGO_CFG_TARGET_ENV") == "gnu";
    if !is_linux_gnu || variable("HOST") != variable("TARGET") {
        return;
    }
    if reads_packed_relocations() {
        println!("cargo:rustc-link-arg-bins=-Wl,-z,pack-relative-relocs");
    }
    if variable("PROFILE") == "release" {
        order_functions();
    }
}

/// Puts the functions that a deploy runs side by side. A page of the binary that is touched brings fifteen neighbours
/// into memory: scattered over 24 MB of text, those functions take twice the memory of the whole program.
///
/// Only the linker that comes with Rust is asked, and nobody who has chosen another one or has flags for it.
fn order_functions() {
    println!("cargo:rerun-if-changed=startup.order");
    println!("cargo:rerun-if-env-changed=CARGO_ENCODED_RUSTFLAGS");
    let variable = |name| env::var(name).unwrap_or_default();
    let has_own_linker = env::var_os("RUSTC_LINKER").is_some()
        || variable("CARGO_ENCODED_RUSTFLAGS").contains("link");
    let (false, Some(lld)) = (has_own_linker, linker_of_rust()) else {
        return;
    };
    let order = Path::new(&variable("CARGO_MANIFEST_DIR")).join("startup.order");
    for argument in [
        format!("-B{}", lld.display()),
        "-fuse-ld=lld".to_owned(),
        format!("-Wl,--symbol-ordering-file={}", order.display()),
        "-Wl,--no-warn-symbol-ordering".to_owned(),
    ] {
        println!("cargo:rustc-link-arg-bins={argument}");
    }
}

/// The folder in which a C compiler finds Rust's own linker, where this toolchain has it.
fn linker_of_rust() -> Option<PathBuf> {
    let rustc = env::var_os("RUSTC")?;
    let said = Command::new(rustc).args(["--print", "sysroot"]).output();
    let sysroot = String::from_utf8(said.ok()?.stdout).ok()?;
    let target = env::var("TARGET").ok()?;
    let folder = Path::new(sysroot.trim())
        .join("lib/rustlib")
        .join(target)
        .join("bin/gcc-ld");
    folder.join("ld.lld").is_file().then_some(folder)
}

/// A position-independent binary of this size (the embedded server) has a megabyte of relocation entries, and the
/// loader reads them all at every start. Packed (`DT_RELR`) they are a thirtieth of that. glibc reads them from 2.36
/// on; a binary that is built on such a system needs a glibc as new as that anyway.
#[cfg(all(target_os = "linux", target_env = "gnu"))]
fn reads_packed_relocations() -> bool {
    // SAFETY: glibc gives a pointer to a constant string that ends with a zero byte.
    let version = unsafe { std::ffi::CStr::from_ptr(libc::gnu_get_libc_version()) };
    let version = version.to_str().unwrap_or_default();
    let mut numbers = version
        .split('.')
        .map(|part| part.parse::<u32>().unwrap_or_default());
    (numbers.next(), numbers.next()) >= (Some(2), Some(36))
}

#[cfg(not(all(target_os = "linux", target_env = "gnu")))]
fn reads_packed_relocations() -> bool {
    false
}
