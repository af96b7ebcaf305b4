//! `SyncState`

use std::rc::Rc;

use ext_php_rs::flags::ClassFlags;
use ext_php_rs::prelude::*;
use ext_php_rs::types::{ZendHashTable, Zval};

use super::engine;
use super::exceptions;
use super::moment::{DateTime, iso};
use super::pair::Pair;
use super::state_text::{self, Place};
use super::values::count;
use crate::sync::ids::Moment;
use crate::sync::ports::{Counts, PairState, Store};

/// Where a pair stood when it was asked.
#[php_class]
#[php(name = "SyncState")]
#[php(flags = ClassFlags::Final.union(ClassFlags::NoDynamicProperties))]
#[php(implements(ce = engine::json_serializable, stub = "\\JsonSerializable"))]
pub struct SyncState {
    place: Place,
    last_pull: Option<Moment>,
    last_push: Option<Moment>,
    counts: Counts,
    /// The pair that it was read from; `None` for one that was made from a text.
    pair: Option<Rc<Pair>>,
}

impl SyncState {
    pub(super) fn new(state: PairState, counts: Counts, pair: Rc<Pair>) -> Self {
        Self {
            place: Place {
                folder: state.standing.identity.map(|identity| identity.folder),
                cursor: state.cursor,
            },
            last_pull: state.last_pull,
            last_push: state.last_push,
            counts,
            pair: Some(pair),
        }
    }

    pub(super) const fn place(&self) -> &Place {
        &self.place
    }
}

#[php_impl]
#[allow(missing_docs, reason = "the stub documents the methods")]
impl SyncState {
    #[php(vis = "private")]
    pub fn __construct() -> PhpResult<Self> {
        Err(exceptions::config(
            "a state is made by ExchangeContactSync::state() or SyncState::fromString()",
        ))
    }

    pub fn folder(&self) -> Option<String> {
        self.place.folder.as_ref().map(ToString::to_string)
    }

    pub fn cursor(&self) -> Option<String> {
        self.place.cursor.as_ref().map(|cursor| cursor.text.clone())
    }

    pub fn last_pull(&self) -> PhpResult<Option<DateTime>> {
        Ok(self.last_pull.map(DateTime::of).transpose()?)
    }

    pub fn last_push(&self) -> PhpResult<Option<DateTime>> {
        Ok(self.last_push.map(DateTime::of).transpose()?)
    }

    pub fn linked(&self) -> i64 {
        count(self.counts.linked)
    }

    pub fn pending(&self) -> i64 {
        count(self.counts.pending)
    }

    pub fn held(&self) -> i64 {
        count(self.counts.held)
    }

    pub fn conflicts(&self) -> i64 {
        count(self.counts.conflicts)
    }

    pub fn reset(&self) -> PhpResult<()> {
        let pair = self.pair.as_ref().ok_or_else(|| {
            exceptions::config(
                "this state was made by SyncState::fromString() and belongs to no open pair; call reset() on the one that ExchangeContactSync::state() gives",
            )
        })?;
        pair.run(None, |session, _| Ok(session.store().reset_cursor()?))
    }

    #[php(name = "toString")]
    pub fn text(&self) -> String {
        state_text::write(&self.place)
    }

    pub fn from_string(state: Line<'_>) -> PhpResult<Self> {
        let place = state
            .0
            .str()
            .ok_or(state_text::TextError::Foreign)
            .and_then(state_text::read)
            .map_err(|error| exceptions::config(error.to_string()))?;
        Ok(Self {
            place,
            last_pull: None,
            last_push: None,
            counts: Counts::default(),
            pair: None,
        })
    }

    pub fn to_array(&self) -> PhpResult<ext_php_rs::boxed::ZBox<ZendHashTable>> {
        let mut array = ZendHashTable::new();
        array.insert("folder", self.folder())?;
        array.insert("cursor", self.cursor())?;
        array.insert("last_pull", self.last_pull.map(iso))?;
        array.insert("last_push", self.last_push.map(iso))?;
        array.insert("linked", self.linked())?;
        array.insert("pending", self.pending())?;
        array.insert("held", self.held())?;
        array.insert("conflicts", self.conflicts())?;
        Ok(array)
    }

    pub fn json_serialize(&self) -> PhpResult<ext_php_rs::boxed::ZBox<ZendHashTable>> {
        self.to_array()
    }
}

/// A string argument of any bytes: one that is not UTF-8 gets a message of ours.
pub struct Line<'a>(&'a Zval);

impl<'a> ext_php_rs::convert::FromZval<'a> for Line<'a> {
    const TYPE: ext_php_rs::flags::DataType = ext_php_rs::flags::DataType::String;

    fn from_zval(zval: &'a Zval) -> Option<Self> {
        zval.zend_str().map(|_| Self(zval))
    }
}
