//! Links the release binary for the feature `fast-start`, on Linux with glibc. Without the feature, this script does
//! nothing, and the binary is position-independent, as hardening checks require.

use std::path::Path;
use std::process::Command;
use std::{env, fs};

#[expect(clippy::disallowed_methods, clippy::disallowed_macros, reason = "cargo's interface to build scripts")]
fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    let is = |name: &str, value: &str| env::var(name).is_ok_and(|v| v == value);
    let linux = is("CARGO_CFG_TARGET_OS", "linux") && is("CARGO_CFG_TARGET_ENV", "gnu");
    let wanted = env::var_os("CARGO_FEATURE_FAST_START").is_some();
    if !wanted || !linux || !is("PROFILE", "release") {
        return;
    }
    // At each start of a position-independent program, the loader relocates about 20,000 pointers (in the catalogue and
    // in vtables) and copies their pages, which takes a quarter of a short command's time. At a fixed address, the linker
    // sets them once. The cost: the addresses of the program's own code and data are not randomized. Those of libraries,
    // heap and stack still are.
    println!("cargo::rustc-link-arg-bins=-no-pie");
    // Loading the library that unwinds the stack after a panic takes a tenth of a short command's time. The compiler
    // also has the library as an archive, and a linker script with the name of the library refers to it. The cost: about
    // 100 KiB, and a fix of the library requires a new build of dcord.
    if let Some(folder) = env::var_os("OUT_DIR").filter(|_| is_native() && has_archive()) {
        fs::write(Path::new(&folder).join("libgcc_s.so"), "INPUT(-lgcc_eh)\n").expect("cargo creates the folder");
        println!("cargo::rustc-link-search=native={}", Path::new(&folder).display());
    }
}

/// Whether `cc` links for this machine, so that its archive is the right one.
#[expect(clippy::disallowed_methods, reason = "cargo's interface to build scripts")]
fn is_native() -> bool {
    env::var_os("HOST") == env::var_os("TARGET")
}

/// Whether the C compiler has the unwinder as an archive: if so, it prints a path, else the bare name.
fn has_archive() -> bool {
    let asked = Command::new("cc").arg("-print-file-name=libgcc_eh.a").output();
    asked.is_ok_and(|answer| Path::new(String::from_utf8_lossy(&answer.stdout).trim()).is_absolute())
}
