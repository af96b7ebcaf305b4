//! Keeps the library mapped until the process ends: PHP unloads extensions at exit, and a thread of
//! the HTTP client that is still winding down must not run in unmapped code.

fn main() {
    let target = std::env::var("CARGO_CFG_TARGET_OS").unwrap_or_default();
    if target == "linux" {
        println!("cargo::rustc-cdylib-link-arg=-Wl,-z,nodelete");
    }
    println!("cargo::rerun-if-changed=build.rs");
}
