//! How the program is linked.

use std::path::Path;
use std::process::Command;
use std::{env, fs};

#[expect(clippy::disallowed_methods, clippy::disallowed_macros, reason = "so cargo and a build script talk")]
fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    let is = |name: &str, value: &str| env::var(name).is_ok_and(|v| v == value);
    let linux = is("CARGO_CFG_TARGET_OS", "linux") && is("CARGO_CFG_TARGET_ENV", "gnu");
    if !linux || !is("PROFILE", "release") {
        return;
    }
    // A program that can be loaded anywhere has some 20,000 pointers to be set at each start,
    // the catalogue's and every vtable's, and the pages they are on to be copied: a quarter of
    // what a short command takes. At a fixed address the linker sets them once. Libraries, heap
    // and stack keep their random places.
    println!("cargo::rustc-link-arg-bins=-no-pie");
    // The library that walks the stack after a panic takes a tenth of a short command to load. The
    // compiler brings it as an archive too; a script by the library's name sends the linker there.
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
