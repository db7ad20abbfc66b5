//! Packs the relative relocations of the binary where the C library can read them.
//!
//! A position-independent binary of this size (the embedded server) has a megabyte of relocation entries,
//! and the loader reads them all at every start. Packed (`DT_RELR`) they are a thirtieth of that. glibc
//! reads them from 2.36 on; a binary that is built on such a system needs a glibc as new as that anyway.

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    let variable = |name| std::env::var(name).unwrap_or_default();
    let is_linux_gnu =
        variable("CARGO_CFG_TARGET_OS") == "linux" && variable("CARGO_CFG_TARGET_ENV") == "gnu";
    if is_linux_gnu && variable("HOST") == variable("TARGET") && reads_packed_relocations() {
        println!("cargo:rustc-link-arg-bins=-Wl,-z,pack-relative-relocs");
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
