//! Builds the server anew when the dashboard's files change: they are part of the binary.

fn main() {
    println!("cargo::rerun-if-changed=web/dist");
}
