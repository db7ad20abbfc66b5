//! What the linker is told of the release binary: how to pack its relocations, which functions to put side by side, and
//! what to leave out.

use std::{
    env,
    path::{Path, PathBuf},
    process::Command,
};

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    let variable = |name| env::var(name).unwrap_or_default();
    let (host, target) = (variable("HOST"), variable("TARGET"));
    let processor = |triple: &str| triple.split('-').next().map(str::to_owned);
    if variable("CARGO_CFG_TARGET_OS") != "linux" || processor(&host) != processor(&target) {
        return;
    }
    let is_gnu = variable("CARGO_CFG_TARGET_ENV") == "gnu";
    if is_gnu && host == target && reads_packed_relocations() {
        println!("cargo:rustc-link-arg-bins=-Wl,-z,pack-relative-relocs");
    }
    if variable("PROFILE") == "release" && asks_linker_of_rust() {
        order_functions();
        if is_slim() {
            leave_frames_out();
        }
    }
}

/// Asks the linker that comes with Rust; not where somebody has chosen another one or has flags for it.
fn asks_linker_of_rust() -> bool {
    println!("cargo:rerun-if-env-changed=CARGO_ENCODED_RUSTFLAGS");
    let flags = env::var("CARGO_ENCODED_RUSTFLAGS").unwrap_or_default();
    if env::var_os("RUSTC_LINKER").is_some() || flags.contains("link") {
        return false;
    }
    let Some(folder) = linker_of_rust() else {
        return false;
    };
    println!("cargo:rustc-link-arg-bins=-B{}", folder.display());
    println!("cargo:rustc-link-arg-bins=-fuse-ld=lld");
    true
}

/// Puts the functions that a deploy runs side by side. A page of the binary that is touched brings fifteen neighbours
/// into memory: scattered over 24 MB of text, those functions take twice the memory of the whole program.
fn order_functions() {
    let order = beside_this_file("startup.order");
    println!("cargo:rustc-link-arg-bins=-Wl,--symbol-ordering-file={order}");
    println!("cargo:rustc-link-arg-bins=-Wl,--no-warn-symbol-ordering");
}

/// Leaves out the tables by which a stack is unwound: 1.7 MB, which nothing reads where a panic ends the program. What is
/// compiled into the standard library brings them along, whatever the compiler is told.
fn leave_frames_out() {
    let script = beside_this_file("no-frames.ld");
    println!("cargo:rustc-link-arg-bins=-Wl,-T,{script}");
    println!("cargo:rustc-link-arg-bins=-Wl,--no-eh-frame-hdr");
}

/// Whether this is the profile `slim`. Build scripts are told of `release`, from which it inherits; their folder is
/// `target/[TRIPLE/]PROFILE/build/PACKAGE/out` (The Cargo Book, "Build Cache").
fn is_slim() -> bool {
    let folder = PathBuf::from(env::var_os("OUT_DIR").unwrap_or_default());
    folder
        .ancestors()
        .nth(3)
        .is_some_and(|profile| profile.ends_with("slim"))
}

fn beside_this_file(name: &str) -> String {
    println!("cargo:rerun-if-changed={name}");
    let folder = env::var("CARGO_MANIFEST_DIR").unwrap_or_default();
    Path::new(&folder).join(name).display().to_string()
}

/// The folder in which a C compiler finds Rust's own linker, where this toolchain has it.
fn linker_of_rust() -> Option<PathBuf> {
    let rustc = env::var_os("RUSTC")?;
    let said = Command::new(rustc).args(["--print", "sysroot"]).output();
    let sysroot = String::from_utf8(said.ok()?.stdout).ok()?;
    let host = env::var("HOST").ok()?;
    let folder = Path::new(sysroot.trim())
        .join("lib/rustlib")
        .join(host)
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
