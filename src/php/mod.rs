//! The extension as PHP sees it: classes, exceptions, callbacks, and the composition root.
//!
//! Nothing here decides what is synced. Loading the module registers classes and does no more: threads, runtimes and
//! connections begin with the first call that needs them, in the process that makes it.

mod adapters;
mod check;
mod computed;
mod config;
mod context;
mod engine;
mod exceptions;
mod exchange_contact_sync;
mod moment;
mod observer;
mod pair;
mod results;
mod session;
mod state_text;
mod sync_state;
mod tokens;
mod values;
mod way;

use ext_php_rs::prelude::*;
use ext_php_rs::zend::ModuleEntry;
use ext_php_rs::{info_table_end, info_table_row, info_table_start};

use exchange_contact_sync::ExchangeContactSync;
use results::{Conflict, HeldContact, MigrationReport, Outcome, PushResult, SyncPlan, SyncReport};
use sync_state::SyncState;

/// Registers what the module builder cannot; a failure keeps PHP from loading the module.
extern "C" fn startup(_kind: i32, _module: i32) -> i32 {
    let register = || {
        engine::start();
        exceptions::register().and_then(|()| Outcome::register())
    };
    match std::panic::catch_unwind(register) {
        Ok(Ok(())) => 0,
        Ok(Err(_)) | Err(_) => -1,
    }
}

/// Closes what this process has open.
extern "C" fn shutdown(_kind: i32, _module: i32) -> i32 {
    match std::panic::catch_unwind(session::close) {
        Ok(()) => 0,
        Err(_) => -1,
    }
}

/// The table of `phpinfo()`.
extern "C" fn information(_module: *mut ModuleEntry) {
    info_table_start!();
    info_table_row!("Exchange Contact Sync", "enabled");
    info_table_row!("Version", env!("CARGO_PKG_VERSION"));
    info_table_row!(
        "Exchange",
        "EWS (Basic, NTLM, Kerberos, OAuth 2.0), Microsoft Graph"
    );
    info_table_row!("Database", "MySQL, MariaDB");
    info_table_end!();
}

/// What PHP asks for when it loads the library.
#[php_module]
#[php(startup = startup)]
pub fn get_module(module: ModuleBuilder) -> ModuleBuilder {
    module
        .name("exchange_contact_sync")
        .version(env!("CARGO_PKG_VERSION"))
        .class::<ExchangeContactSync>()
        .class::<SyncState>()
        .class::<SyncReport>()
        .class::<SyncPlan>()
        .class::<MigrationReport>()
        .class::<Conflict>()
        .class::<HeldContact>()
        .class::<PushResult>()
        .info_function(information)
        .shutdown_function(shutdown)
}
