//! The exception classes, and the one place where errors become exceptions.
//!
//! They are plain PHP classes, so that PHP itself fills in file, line and trace.

use std::panic::AssertUnwindSafe;

use ext_php_rs::args::ArgInfoTables;
use ext_php_rs::builders::{ClassBuilder, ClassProperty, FunctionBuilder};
use ext_php_rs::class::ClassEntryInfo;
use ext_php_rs::convert::IntoZval;
use ext_php_rs::exception::PhpException;
use ext_php_rs::flags::{ClassFlags, DataType, MethodFlags, PropertyFlags};
use ext_php_rs::types::{ZendObject, Zval};
use ext_php_rs::zend::{ClassEntry, ExecuteData, ExecutorGlobals, ce, run_handler};
use ext_php_rs::zend_fastcall;

use super::engine::{ClassCell, read_private, runtime_exception, write_private};
use crate::sync::error::{RemoteClass, RemoteError, StoreClass, StoreError, SyncError};

static BASE: ClassCell = ClassCell::new();
static CONFIG: ClassCell = ClassCell::new();
static STORE: ClassCell = ClassCell::new();
static BUSY: ClassCell = ClassCell::new();
static EXCHANGE: ClassCell = ClassCell::new();
static AUTH: ClassCell = ClassCell::new();

const RESPONSE_CODE: &str = "responseCode";
const HTTP_STATUS: &str = "httpStatus";
const REQUEST_ID: &str = "requestId";

/// Registers the exception classes, parents first.
pub(super) fn register() -> ext_php_rs::error::Result<()> {
    let base: ClassEntryInfo = (|| BASE.get(), "\\ExchangeContactSync\\Exception");
    let exchange: ClassEntryInfo = (
        || EXCHANGE.get(),
        "\\ExchangeContactSync\\ExchangeException",
    );

    ClassBuilder::new("ExchangeContactSync\\Exception")
        .extends((runtime_exception, "\\RuntimeException"))
        .registration(|class, arguments| keep(&BASE, class, arguments))
        .register()?;
    ClassBuilder::new("ExchangeContactSync\\ConfigException")
        .extends(base)
        .flags(ClassFlags::Final)
        .registration(|class, arguments| keep(&CONFIG, class, arguments))
        .register()?;
    ClassBuilder::new("ExchangeContactSync\\StoreException")
        .extends(base)
        .flags(ClassFlags::Final)
        .registration(|class, arguments| keep(&STORE, class, arguments))
        .register()?;
    ClassBuilder::new("ExchangeContactSync\\BusyException")
        .extends(base)
        .flags(ClassFlags::Final)
        .registration(|class, arguments| keep(&BUSY, class, arguments))
        .register()?;
    ClassBuilder::new("ExchangeContactSync\\ExchangeException")
        .extends(base)
        .property(hidden(RESPONSE_CODE))
        .property(hidden(HTTP_STATUS))
        .property(hidden(REQUEST_ID))
        .method(
            FunctionBuilder::new("getResponseCode", get_response_code).returns(
                DataType::String,
                false,
                true,
            ),
            MethodFlags::Public,
        )
        .method(
            FunctionBuilder::new("getHttpStatus", get_http_status).returns(
                DataType::Long,
                false,
                true,
            ),
            MethodFlags::Public,
        )
        .method(
            FunctionBuilder::new("getRequestId", get_request_id).returns(
                DataType::String,
                false,
                true,
            ),
            MethodFlags::Public,
        )
        .registration(|class, arguments| keep(&EXCHANGE, class, arguments))
        .register()?;
    ClassBuilder::new("ExchangeContactSync\\AuthException")
        .extends(exchange)
        .flags(ClassFlags::Final)
        .registration(|class, arguments| keep(&AUTH, class, arguments))
        .register()
}

/// The engine borrows the argument tables for the life of the module.
fn keep(cell: &ClassCell, class: &'static mut ClassEntry, arguments: ArgInfoTables) {
    cell.set(class);
    std::mem::forget(arguments);
}

fn hidden(name: &str) -> ClassProperty {
    ClassProperty {
        name: name.to_owned(),
        flags: PropertyFlags::Private,
        default: None,
        docs: &[],
        ty: None,
        nullable: true,
        readonly: false,
        default_stub: None,
    }
}

fn give(name: &str, call: &mut ExecuteData, result: &mut Zval) {
    run_handler(AssertUnwindSafe(|| {
        let (parser, this) = call.parser_object();
        if parser.parse().is_err() {
            return;
        }
        if let Some(this) = this {
            *result = read_private(EXCHANGE.get(), this, name);
        }
    }));
}

zend_fastcall! {
    extern fn get_response_code(call: &mut ExecuteData, result: &mut Zval) {
        give(RESPONSE_CODE, call, result);
    }
}

zend_fastcall! {
    extern fn get_http_status(call: &mut ExecuteData, result: &mut Zval) {
        give(HTTP_STATUS, call, result);
    }
}

zend_fastcall! {
    extern fn get_request_id(call: &mut ExecuteData, result: &mut Zval) {
        give(REQUEST_ID, call, result);
    }
}

/// The configuration, or an argument, does not fit.
pub(super) fn config(message: impl Into<String>) -> PhpException {
    plain(message.into(), 0, &CONFIG)
}

/// The object is used again while one of its methods is running.
pub(super) fn already_running() -> PhpException {
    plain(
        "this object is busy with another call; use it when that call has returned, or make a second object"
            .to_owned(),
        0,
        &BASE,
    )
}

/// An argument of a wrong type, in PHP's own words.
pub(super) fn wrong_type(
    method: &str,
    parameter: &str,
    expected: &str,
    given: &str,
) -> PhpException {
    PhpException::new(
        format!(
            "ExchangeContactSync::{method}(): Argument #1 (${parameter}) must be of type {expected}, {given} given"
        ),
        0,
        ce::type_error(),
    )
}

/// Turns a failed call of the engine into its exception. One that is pending already goes first, unchanged.
pub(super) fn sync(error: SyncError) -> PhpException {
    match error {
        SyncError::Remote(error) => remote(&error),
        SyncError::Store(error) => store(&error),
        SyncError::Busy | SyncError::Crowded => plain(error.to_string(), 0, &BUSY),
        SyncError::Interrupted => plain(SyncError::Interrupted.to_string(), 0, &BASE),
    }
}

/// Turns a failure of the store into its exception.
pub(super) fn store(error: &StoreError) -> PhpException {
    let class = match error.class {
        StoreClass::Config | StoreClass::Identity | StoreClass::OtherKind => &CONFIG,
        StoreClass::NotInstalled
        | StoreClass::Unavailable
        | StoreClass::Denied
        | StoreClass::Contended
        | StoreClass::Failed => &STORE,
        StoreClass::Interrupted => &BASE,
    };
    plain(
        error.message.clone(),
        error.number.map_or(0, i32::from),
        class,
    )
}

/// Turns a failure of Exchange into its exception.
pub(super) fn remote(error: &RemoteError) -> PhpException {
    let class = match error.class {
        RemoteClass::Auth => &AUTH,
        RemoteClass::Interrupted => return plain(error.message.clone(), 0, &BASE),
        RemoteClass::Config
        | RemoteClass::Throttled
        | RemoteClass::Gone
        | RemoteClass::Conflict
        | RemoteClass::CursorInvalid
        | RemoteClass::FolderGone
        | RemoteClass::Transient
        | RemoteClass::Untried
        | RemoteClass::Permanent => &EXCHANGE,
    };
    let exception = plain(error.message.clone(), 0, class);
    if ExecutorGlobals::has_exception() {
        return exception;
    }
    match detailed(error, class.get()) {
        Ok(object) => exception.with_object(object),
        Err(_) => exception,
    }
}

fn detailed(error: &RemoteError, class: &'static ClassEntry) -> ext_php_rs::error::Result<Zval> {
    let mut object = ZendObject::new(class);
    object.try_call_method("__construct", vec![&error.message])?;
    let details = [
        (RESPONSE_CODE, error.code.clone().into_zval(false)?),
        (HTTP_STATUS, error.status.map(i64::from).into_zval(false)?),
        (REQUEST_ID, error.request_id.clone().into_zval(false)?),
    ];
    for (name, value) in details {
        write_private(EXCHANGE.get(), &mut object, name, &value);
    }
    object.into_zval(false)
}

/// PHP takes messages of exceptions that it makes itself up to the first NUL.
fn plain(message: String, code: i32, class: &ClassCell) -> PhpException {
    PhpException::new(message.replace('\0', "\\0"), code, class.get())
}
