//! `ExchangeContactSync\Outcome`

use ext_php_rs::builders::EnumBuilder;
use ext_php_rs::class::RegisteredClass;
use ext_php_rs::enum_::RegisteredEnum;
use ext_php_rs::flags::ClassFlags;
use ext_php_rs::prelude::*;

use crate::sync::report;

/// What a push did.
#[php_enum]
#[php(name = "ExchangeContactSync\\Outcome")]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs, reason = "the stub documents the cases")]
pub enum Outcome {
    #[php(value = "created")]
    Created,
    #[php(value = "updated")]
    Updated,
    #[php(value = "deleted")]
    Deleted,
    #[php(value = "merged")]
    Merged,
    #[php(value = "unchanged")]
    Unchanged,
    #[php(value = "queued")]
    Queued,
    #[php(value = "held")]
    Held,
}

impl From<report::Outcome> for Outcome {
    fn from(outcome: report::Outcome) -> Self {
        match outcome {
            report::Outcome::Created => Self::Created,
            report::Outcome::Updated => Self::Updated,
            report::Outcome::Deleted => Self::Deleted,
            report::Outcome::Merged => Self::Merged,
            report::Outcome::Unchanged => Self::Unchanged,
            report::Outcome::Queued => Self::Queued,
            report::Outcome::Held => Self::Held,
        }
    }
}

impl Outcome {
    /// Registers the enum, final as every enum of PHP code is.
    pub(in crate::php) fn register() -> ext_php_rs::error::Result<()> {
        Self::CASES
            .iter()
            .fold(EnumBuilder::new(Self::CLASS_NAME), EnumBuilder::case)
            .registration(|class, arguments| {
                class.ce_flags |= ClassFlags::Final.bits();
                Self::get_metadata().set_ce(class);
                Self::get_metadata().set_arg_info(arguments);
            })
            .register()
    }

    /// Whether both sides agree after it.
    pub(super) const fn is_synced(self) -> bool {
        match self {
            Self::Created | Self::Updated | Self::Deleted | Self::Merged | Self::Unchanged => true,
            Self::Queued | Self::Held => false,
        }
    }
}
