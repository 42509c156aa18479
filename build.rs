//! How the release binary is linked with the feature `fast-start`, on Linux with glibc. Without it nothing here applies:
//! the binary is position-independent, as hardening checks demand.

use std::path::Path;
use std::process::Command;
use std::{env, fs};

#[expect(clippy::disallowed_methods, clippy::disallowed_macros, reason = "so cargo and a build script talk")]
fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    let is = |name: &str, value: &str| env::var(name).is_ok_and(|v| v == value);
    let linux = is("CARGO_CFG_TARGET_OS", "linux") && is("CARGO_CFG_TARGET_ENV", "gnu");
    let wanted = env::var_os("CARGO_FEATURE_FAST_START").is_some();
    if !wanted || !linux || !is("PROFILE", "release") {
        return;
    }
    // The loader sets some 20,000 pointers of a position-independent program at each start (the catalogue's and every
    // vtable's) and copies the pages they are on: a quarter of what a short command takes. At a fixed address the linker
    // sets them once. The cost: the program's own code and data have no random place. Libraries, heap and stack keep theirs.
    println!("cargo::rustc-link-arg-bins=-no-pie");
    // To load the library that walks the stack after a panic takes a tenth of a short command. The compiler brings it as an
    // archive too; a linker script with the library's name points to that. The cost: some 100 KiB, and a fix of the
    // library needs a new build of dcord.
    if let Some(folder) = env::var_os("OUT_DIR").filter(|_| is_native() && has_archive()) {
        fs::write(Path::new(&folder).join("libgcc_s.so"), "INPUT(-lgcc_eh)\n").expect("cargo made the folder");
        println!("cargo::rustc-link-search=native={}", Path::new(&folder).display());
    }
}

/// Whether the C compiler asked below is the one that links.
#[expect(clippy::disallowed_methods, reason = "so cargo tells a build script what is built")]
fn is_native() -> bool {
    env::var_os("HOST") == env::var_os("TARGET")
}

/// Whether the C compiler has the unwinder as an archive: it prints a path if so, else the bare name.
fn has_archive() -> bool {
    let asked = Command::new("cc").arg("-print-file-name=libgcc_eh.a").output();
    asked.is_ok_and(|answer| Path::new(String::from_utf8_lossy(&answer.stdout).trim()).is_absolute())
}
