//! A little Exchange Web Services server for tests, demos and continuous integration.
//!
//! It keeps mailboxes with contacts in memory and answers the operations that a contact sync needs
//! the way real servers were recorded and documented to answer. Everything that a comment calls
//! "EWS reference" or "Graph reference" is the wire reference that the project is built on. It shares no code with the
//! extension that is tested against it: a shared error would hide.

mod autodiscover;
mod clock;
mod contact;
mod faults;
mod graph;
mod modes;
mod operations;
mod options;
mod schema;
mod seed;
mod server;
mod side_door;
mod soap;
mod store;

use std::io::Write as _;
use std::process::ExitCode;

fn main() -> ExitCode {
    let options = match options::read(std::env::args_os()) {
        Ok(options) if options.help => {
            let _ = std::io::stdout().write_all(options::HELP.as_bytes());
            return ExitCode::SUCCESS;
        }
        Ok(options) => options,
        Err(error) => return fail(&format!("{error}\n\n{}", options::HELP)),
    };
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build();
    match runtime {
        Ok(runtime) => match runtime.block_on(server::run(options)) {
            Ok(()) => ExitCode::SUCCESS,
            Err(error) => fail(&error.to_string()),
        },
        Err(error) => fail(&error.to_string()),
    }
}

fn fail(message: &str) -> ExitCode {
    let _ = writeln!(std::io::stderr(), "exchange-simulator: {message}");
    ExitCode::FAILURE
}
