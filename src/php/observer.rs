//! Carries progress, log entries and questions to the caller's callbacks, on PHP's own thread.
//!
//! Once a callback threw, or called `exit()`, its exception is pending in the engine: PHP is not called again, and the
//! running method ends with that exception unchanged.

use ext_php_rs::types::{ZendCallable, ZendHashTable, Zval};
use ext_php_rs::zend::ExecutorGlobals;

use super::values::{self, PhpValue};
use super::{engine, exceptions, tokens};
use crate::contact::Value;
use crate::sync::error::SyncError;
use crate::sync::ports::{Level, Observer, Question, Stage};

/// The callbacks of one call.
pub(super) struct PhpObserver<'a> {
    progress: Option<ZendCallable<'a>>,
    resolver: Option<&'a Zval>,
    logger: Option<&'a Zval>,
    process: u32,
}

impl<'a> PhpObserver<'a> {
    pub(super) fn new(
        progress: Option<ZendCallable<'a>>,
        resolver: Option<&'a Zval>,
        logger: Option<&'a Zval>,
    ) -> Self {
        Self {
            progress,
            resolver,
            logger,
            process: std::process::id(),
        }
    }

    /// Whether PHP may be called and the work may go on: no exception is pending, and no callback has forked the
    /// process, which would leave two with one connection.
    fn go_on(&self) -> Result<(), SyncError> {
        if ExecutorGlobals::has_exception() || self.process != std::process::id() {
            Err(SyncError::Interrupted)
        } else {
            Ok(())
        }
    }
}

impl Observer for PhpObserver<'_> {
    fn progress(&mut self, stage: Stage, done: u64, total: Option<u64>) -> Result<bool, SyncError> {
        self.go_on()?;
        tokens::refresh()?;
        let Some(callback) = &self.progress else {
            return Ok(true);
        };
        let answer = callback
            .try_call(vec![
                &stage.name(),
                &values::count(done),
                &total.map(values::count),
            ])
            .map_err(|_| SyncError::Interrupted)?;
        self.go_on()?;
        Ok(!answer.is_false())
    }

    fn log(&mut self, level: Level, message: &str) {
        let (Some(logger), Ok(())) = (self.logger, self.go_on()) else {
            return;
        };
        let name = match level {
            Level::Debug => "debug",
            Level::Info => "info",
            Level::Warning => "warning",
            Level::Error => "error",
        };
        // What it throws stays pending, and ends the call at the next step.
        let _ = logger.try_call(vec![&name, &message, &ZendHashTable::new()]);
    }

    fn resolve(&mut self, question: &Question<'_>) -> Result<Option<Value>, SyncError> {
        self.go_on()?;
        let Some(resolver) = self.resolver else {
            return Ok(question.item.cloned());
        };
        let property = question.property;
        let answer = values::contact(question.contact)
            .and_then(|contact| {
                ZendCallable::new(resolver)?.try_call(vec![
                    &property.to_string(),
                    &PhpValue(question.row),
                    &PhpValue(question.item),
                    &PhpValue(question.base),
                    &contact,
                ])
            })
            .map_err(|_| SyncError::Interrupted)?;
        self.go_on()?;
        // What has no form of its own is told by its text.
        if let Some(item @ Value::Opaque(text)) = question.item
            && answer.str() == Some(text)
        {
            return Ok(Some(item.clone()));
        }
        // Of a picture that only its fingerprint is known of, there is nothing to write.
        let at_hand = |value: &Option<Value>| match value {
            Some(Value::Picture(picture)) if picture.bytes().is_none() => {
                value.as_ref() == question.row || value.as_ref() == question.item
            }
            Some(_) | None => true,
        };
        let read = values::read(property.kind(), &answer).and_then(|value| {
            let known = at_hand(&value);
            known.then_some(value).ok_or("a picture with its bytes")
        });
        read.map_err(|expected| {
            exceptions::config(format!(
                "policy.conflict: the callable's answer for {property} must be {expected}"
            ))
            .throw();
            SyncError::Interrupted
        })
    }

    fn interrupted(&self) -> bool {
        self.go_on().is_err() || engine::interrupt_pending()
    }
}
