//! How the program is linked.

fn main() {
    #[expect(clippy::disallowed_methods, reason = "so cargo tells a build script what is built")]
    let is = |name: &str, value: &str| std::env::var(name).is_ok_and(|v| v == value);
    let linux = is("CARGO_CFG_TARGET_OS", "linux") && is("CARGO_CFG_TARGET_ENV", "gnu");
    #[expect(clippy::disallowed_macros, reason = "so a build script tells cargo")]
    {
        println!("cargo::rerun-if-changed=build.rs");
        // A program that can be loaded anywhere has some 20,000 pointers to be set at each start,
        // the catalogue's and every vtable's, and the pages they are on to be copied: a quarter of
        // what a short command takes. At a fixed address the linker sets them once. Libraries, heap
        // and stack keep their random places.
        if linux && is("PROFILE", "release") {
            println!("cargo::rustc-link-arg-bins=-no-pie");
        }
    }
}
