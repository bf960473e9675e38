//! `pulse`: see [`pulse_server::cli`].

use std::process::ExitCode;

fn main() -> ExitCode {
    pulse_server::cli::main()
}
