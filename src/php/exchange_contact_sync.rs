//! `ExchangeContactSync`

use std::rc::Rc;

use ext_php_rs::boxed::ZBox;
use ext_php_rs::class::RegisteredClass;
use ext_php_rs::flags::ClassFlags;
use ext_php_rs::prelude::*;
use ext_php_rs::types::{ZendCallable, ZendHashTable, Zval};

use super::observer::PhpObserver;
use super::pair::Pair;
use super::results::{Conflict, HeldContact, MigrationReport, PushResult, SyncPlan, SyncReport};
use super::sync_state::SyncState;
use super::{adapters, check, config, context, engine, exceptions, values};
use crate::sync::engine::Engine;
use crate::sync::error::{StoreClass, StoreError, SyncError};
use crate::sync::ids::RowKey;
use crate::sync::ports::{HeldRecord, Level, Observer, Store};
use crate::sync::report::{self, Report};

/// Keeps one MySQL contacts table and one Exchange contacts folder one and the same address book.
#[php_class]
#[php(name = "ExchangeContactSync")]
#[php(flags = ClassFlags::Final.union(ClassFlags::NoDynamicProperties))]
pub struct ExchangeContactSync {
    pair: Rc<Pair>,
}

#[php_impl]
#[allow(missing_docs, reason = "the stub documents the methods")]
impl ExchangeContactSync {
    pub fn __construct(config: &ZendHashTable) -> PhpResult<Self> {
        let (config, callbacks) =
            config::read(config).map_err(|error| exceptions::config(error.to_string()))?;
        adapters::check(&config)?;
        Ok(Self {
            pair: Rc::new(Pair::new(config, callbacks)),
        })
    }

    pub fn install(&self) -> PhpResult<()> {
        self.pair.run(None, |session, observer| {
            for warning in session.store().install()? {
                observer.log(Level::Warning, &warning);
            }
            observer.log(Level::Info, "tables and triggers are installed");
            Ok(())
        })
    }

    pub fn uninstall(&self) -> PhpResult<()> {
        self.pair.run(None, |session, observer| {
            session.store().uninstall()?;
            observer.log(Level::Info, "the pair's tables and triggers are removed");
            Ok(())
        })
    }

    pub fn install_sql(&self) -> PhpResult<ZBox<ZendHashTable>> {
        let statements = self
            .pair
            .run(None, |session, _| Ok(session.store().install_sql()?))?;
        Ok(values::list(&statements)?)
    }

    pub fn push(&self, id: &Zval) -> PhpResult<PushResult> {
        let key = key("push", id)?;
        let result = self.pair.run(None, |session, observer| {
            let result = session
                .engine_for_push()?
                .push(&RowKey::new(key), observer)?;
            tell(&result, observer);
            Ok(result)
        })?;
        Ok(result.into())
    }

    pub fn push_pending(&self, progress: Option<ZendCallable<'_>>) -> PhpResult<SyncReport> {
        self.report(progress, |engine, observer| engine.push_pending(observer))
    }

    pub fn pull(&self, progress: Option<ZendCallable<'_>>) -> PhpResult<SyncReport> {
        self.report(progress, |engine, observer| engine.pull(observer))
    }

    pub fn sync(&self, progress: Option<ZendCallable<'_>>) -> PhpResult<SyncReport> {
        self.report(progress, |engine, observer| engine.sync(observer))
    }

    pub fn plan(&self) -> PhpResult<SyncPlan> {
        self.pair.run(None, |session, observer| {
            let plan = session.engine()?.plan(observer)?;
            Ok(SyncPlan::new(plan, session.mapping()?))
        })
    }

    #[php(defaults(apply = false))]
    #[php(optional = apply)]
    pub fn migrate(
        &self,
        apply: bool,
        progress: Option<ZendCallable<'_>>,
    ) -> PhpResult<MigrationReport> {
        let report = self.pair.run(progress, |session, observer| {
            session.migrate(!apply, observer)
        })?;
        Ok(report.into())
    }

    pub fn state(&self) -> PhpResult<SyncState> {
        let (state, counts) = self.pair.run(None, |session, _| {
            let store = session.store();
            Ok((store.pair()?, store.counts()?))
        })?;
        Ok(SyncState::new(state, counts, Rc::clone(&self.pair)))
    }

    pub fn restore(&self, state: &SyncState) -> PhpResult<()> {
        self.pair
            .run(None, |session, _| session.restore(state.place()))
    }

    pub fn conflicts(&self) -> PhpResult<Vec<Conflict>> {
        let records = self
            .pair
            .run(None, |session, _| Ok(session.store().conflicts()?))?;
        Ok(records.into_iter().map(Into::into).collect())
    }

    pub fn acknowledge(&self, id: i64) -> PhpResult<()> {
        self.pair.run(None, |session, _| {
            if let Ok(id) = u64::try_from(id) {
                session.store().acknowledge(id)?;
            }
            Ok(())
        })
    }

    pub fn held(&self) -> PhpResult<Vec<HeldContact>> {
        let records = self
            .pair
            .run(None, |session, _| Ok(session.store().held()?))?;
        Ok(records.into_iter().map(Into::into).collect())
    }

    pub fn retry(&self, id: &Zval) -> PhpResult<PushResult> {
        let id = key("retry", id)?;
        let exchange = &self.pair.config.exchange;
        let result = self.pair.run(None, |session, observer| {
            session.read_table_anew()?;
            let record = find_held(session.store().held()?, &id)?;
            let retried = session
                .engine()
                .and_then(|mut engine| engine.retry(&record.id.to_string(), observer));
            match retried {
                // As with a push, what Exchange does is told and not thrown.
                Err(SyncError::Remote(error)) => {
                    Ok(still_held(&record, context::named(error, exchange).message))
                }
                Err(busy @ (SyncError::Busy | SyncError::Crowded)) => {
                    Ok(still_held(&record, busy.to_string()))
                }
                other => other,
            }
        })?;
        Ok(result.into())
    }

    pub fn confirm_deletes(&self) -> PhpResult<SyncReport> {
        self.report(None, |engine, observer| engine.confirm_deletes(observer))
    }

    pub fn check(&self) -> PhpResult<ZBox<ZendHashTable>> {
        let findings = self.pair.run(None, |session, _| check::run(session))?;
        check::table(&findings)
    }
}

/// A round of the engine.
type Round = fn(&mut Engine<'_>, &mut PhpObserver<'_>) -> Result<Report, SyncError>;

impl ExchangeContactSync {
    fn report(&self, progress: Option<ZendCallable<'_>>, round: Round) -> PhpResult<SyncReport> {
        let report = self.pair.run(progress, |session, observer| {
            let report = round(&mut session.engine()?, observer)?;
            for warning in &report.warnings {
                observer.log(Level::Warning, warning);
            }
            if let Some(failure) = &report.failure {
                observer.log(Level::Error, &failure.to_string());
            }
            Ok(report)
        })?;
        Ok(report.into())
    }
}

/// Tells the log what a push could not do.
fn tell(result: &report::PushResult, observer: &mut dyn Observer) {
    let what = match result.outcome {
        report::Outcome::Queued => "is queued",
        report::Outcome::Held => "is held",
        report::Outcome::Created
        | report::Outcome::Updated
        | report::Outcome::Deleted
        | report::Outcome::Merged
        | report::Outcome::Unchanged => return,
    };
    let why = result.reason.as_deref().unwrap_or("no reason given");
    let message = format!("contact {} {what}: {why}", result.key);
    observer.log(Level::Warning, &message);
}

/// What is held under a row's key or under the id that `held()` shows.
fn find_held(held: Vec<HeldRecord>, id: &str) -> Result<HeldRecord, SyncError> {
    let named = |record: &HeldRecord| HeldContact::id_of(record) == id;
    let keyed = |record: &HeldRecord| record.key.as_ref().is_some_and(|key| key.as_str() == id);
    let place = held
        .iter()
        .position(named)
        .or_else(|| held.iter().position(keyed));
    place
        .and_then(|place| held.into_iter().nth(place))
        .ok_or_else(|| {
            StoreError::new(
                StoreClass::Config,
                "nothing is held under this id; held() lists what is",
            )
            .into()
        })
}

fn still_held(record: &HeldRecord, reason: String) -> report::PushResult {
    report::PushResult {
        key: record
            .key
            .as_ref()
            .map_or_else(String::new, ToString::to_string),
        outcome: report::Outcome::Held,
        reason: Some(reason),
        conflicts: 0,
    }
}

impl ExchangeContactSync {
    /// Keeps the configuration out of traces. The module's last class calls this while it is built, which also happens
    /// when nothing is registered and stubs are generated.
    pub(super) fn hide_password() {
        let metadata = Self::get_metadata();
        if metadata.has_ce() {
            engine::mark_sensitive(metadata.ce(), "__construct", 0);
        }
    }
}

/// A row's key as PHP gives it: `12` and `"12"` are the same row.
fn key(method: &str, id: &Zval) -> PhpResult<String> {
    let id = id.dereference();
    if let Some(number) = id.long() {
        return Ok(number.to_string());
    }
    let Some(text) = id.zend_str() else {
        return Err(exceptions::wrong_type(
            method,
            "id",
            "int|string",
            &type_name(id),
        ));
    };
    match text.as_str() {
        Ok("") => Err(exceptions::config(
            "id: expected a row's key, an empty string given",
        )),
        Ok(text) => Ok(text.to_owned()),
        Err(_) => Err(exceptions::config(
            "id: expected a row's key as a string in UTF-8; a binary key is given as upper-case hexadecimal digits, as by strtoupper(bin2hex($id))",
        )),
    }
}

/// A value's type in the words of PHP's own errors.
fn type_name(value: &Zval) -> String {
    if value.is_null() {
        "null".to_owned()
    } else if value.is_bool() {
        "bool".to_owned()
    } else if value.is_double() {
        "float".to_owned()
    } else if value.is_array() {
        "array".to_owned()
    } else {
        value
            .object()
            .and_then(|object| object.get_class_name().ok())
            .unwrap_or_else(|| "resource".to_owned())
    }
}
