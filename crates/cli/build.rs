//! How the binary is linked: packed relocations, and the code that a deploy runs in one place.
//!
//! A position-independent binary of this size (the embedded server) has a megabyte of relocation entries,
//! and the loader reads them all at every start. Packed (`DT_RELR`) they are a thirtieth of that. glibc
//! reads them from 2.36 on; a binary that is built on such a system needs a glibc as new as that anyway.
//!
//! `order.ld` puts the code that a deploy runs next to each other (see there). It adds to the linker's own script, which
//! the linker that Rust brings along understands; where the user has chosen another one the binary is laid out as before.

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    println!("cargo:rerun-if-changed=order.ld");
    let variable = |name| std::env::var(name).unwrap_or_default();
    let is_linux_gnu =
        variable("CARGO_CFG_TARGET_OS") == "linux" && variable("CARGO_CFG_TARGET_ENV") == "gnu";
    if is_linux_gnu && variable("HOST") == variable("TARGET") && reads_packed_relocations() {
        println!("cargo:rustc-link-arg-bins=-Wl,-z,pack-relative-relocs");
    }
    // On this architecture Rust brings its linker along.
    let is_own_linker = variable("CARGO_CFG_TARGET_ARCH") == "x86_64"
        && variable("RUSTC_LINKER").is_empty()
        && !variable("CARGO_ENCODED_RUSTFLAGS").contains("link");
    let is_release = variable("PROFILE") == "release";
    if is_linux_gnu && variable("HOST") == variable("TARGET") && is_own_linker && is_release {
        let folder = variable("CARGO_MANIFEST_DIR");
        println!("cargo:rustc-link-arg-bins=-Wl,-T,{folder}/order.ld");
    }
}

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
