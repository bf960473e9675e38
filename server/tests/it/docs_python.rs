//! What the pages of `docs/` have in Python, done by Python: the blocks of a page one after the other, as a notebook has them.

use crate::docs::Page;
use crate::flight::Door;
use crate::readers::python;
use crate::rest::run;
use std::process::Command;

/// What the pages leave to their reader: a token, and a call with its signature by the secret, which OpenSSL made.
const GIVEN: &str = r#"
import os
token, secret, t, body = os.environ["PULSE_TOKEN"], b"secret", "1775088000", b"{}"
v1 = "0c0b840bfbeb3df2dcd9343f244091c12271fcb13d1df474cf39586f8a608670"
"#;

/// What is to hold in the end.
const COMES_TO: &str = "assert globals().get('is_genuine', True)";

#[test]
fn every_block_of_python_comes_to_its_end() {
    let Some(python) = python() else {
        assert!(std::env::var_os("CI").is_none(), "`make test` sets PULSE_PYTHON");
        return;
    };
    run(async move {
        let door = Door::open().await;
        let [flight, rest] = [door.address.replace("http", "grpc"), door.server.address.clone()];
        let mut ran = 0;
        for page in Page::all() {
            let blocks = page.blocks().into_iter().filter(|block| block.language == "python");
            let texts: Vec<String> = blocks.map(|block| block.text).collect();
            if texts.is_empty() {
                continue;
            }
            ran += texts.len();
            let script = format!("{GIVEN}\n{}\n{COMES_TO}", texts.join("\n"))
                .replace("grpc://localhost:7879", &flight)
                .replace("http://localhost:7878", &rest);
            let folder = tempfile::tempdir().unwrap();
            let mut command = Command::new(&python);
            command.args(["-c", &script]).current_dir(folder.path());
            command.env("PULSE_TOKEN", &door.server.acme).env("no_proxy", "127.0.0.1");
            let done = tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap();
            assert!(done.status.success(), "{}: {}", page.path, String::from_utf8_lossy(&done.stderr));
        }
        assert!(ran >= 5, "{ran} blocks ran");
    });
}
