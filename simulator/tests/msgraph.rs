//! Runs msgraph/contacts.py, where MSGRAPH_PYTHON names a Python that has msgraph-sdk.
#![allow(
    clippy::expect_used,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::print_stderr
)]

use std::process::Command;

/// Graph reference 14: Microsoft's own client understands what the simulator says.
#[test]
fn msgraph_sdk_keeps_every_property() {
    let Some(python) = std::env::var_os("MSGRAPH_PYTHON") else {
        eprintln!("skipped: MSGRAPH_PYTHON is not set");
        return;
    };
    let output = Command::new(python)
        .arg("-B")
        .arg(concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/tests/msgraph/contacts.py"
        ))
        .env("SIMULATOR", env!("CARGO_BIN_EXE_exchange-simulator"))
        .output()
        .expect("Python starts");
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(
        output.status.success(),
        "{text}{}",
        String::from_utf8_lossy(&output.stderr)
    );
    assert_eq!(
        text.lines().filter(|line| line.starts_with("ok ")).count(),
        13,
        "{text}"
    );
}
