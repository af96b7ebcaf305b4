//! What the user wants done where the sides disagree.

use super::email_overflow::EmailOverflow;

/// Who wins when both sides changed the same property differently. The loser is journalled in any case.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ConflictPolicy {
    /// The later edit; within the clocks' uncertainty Exchange.
    #[default]
    Newest,
    /// Exchange.
    Exchange,
    /// The row.
    Webapp,
    /// The caller decides, property by property.
    Ask,
}

/// What a deletion in Exchange does to the row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum RemoteDeletePolicy {
    /// The row is deleted.
    #[default]
    Delete,
    /// A column of the row is set.
    Mark,
    /// The row stays and is detached.
    Keep,
}

/// What happens when one side deleted a contact and the other one edited it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum EditVersusDelete {
    /// The edit wins: the contact is created anew where it was deleted.
    #[default]
    Edit,
    /// The deletion wins; the edit goes to the journal.
    Delete,
}

/// The user's policies.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Policy {
    /// Who wins a conflict.
    pub conflict: ConflictPolicy,
    /// What a remote deletion does.
    pub remote_delete: RemoteDeletePolicy,
    /// Who wins between an edit and a deletion.
    pub edit_versus_delete: EditVersusDelete,
    /// Deletions above both this number and [`max_delete_share`](Self::max_delete_share) wait for a confirmation.
    pub max_deletes: u64,
    /// The share of all links, 0 to 1.
    pub max_delete_share: f64,
    /// How many seconds a pull waits for another process that is pulling the pair; 0 gives up at once.
    pub wait_for_pull: u32,
    /// Where e-mail addresses go that have no slot in Exchange.
    pub email_overflow: EmailOverflow,
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            conflict: ConflictPolicy::default(),
            remote_delete: RemoteDeletePolicy::default(),
            edit_versus_delete: EditVersusDelete::default(),
            max_deletes: 10,
            max_delete_share: 0.2,
            wait_for_pull: 0,
            email_overflow: EmailOverflow::default(),
        }
    }
}

impl Policy {
    /// Whether so many deletions need a person's word: more than the number and more than the share.
    #[must_use]
    pub fn needs_confirmation(&self, deletions: u64, linked: u64) -> bool {
        #[allow(
            clippy::cast_precision_loss,
            reason = "a share needs no more precision"
        )]
        let share = deletions as f64 / linked.max(1) as f64;
        deletions > self.max_deletes && share > self.max_delete_share
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// P7, R8.
    #[test]
    fn a_mass_deletion_is_above_number_and_share() {
        let policy = Policy::default();
        for (deletions, linked, asks) in [
            (10, 10, false),
            (11, 11, true),
            (11, 55, false),
            (12, 55, true),
            (200, 1_000, false),
            (201, 1_000, true),
        ] {
            assert_eq!(
                policy.needs_confirmation(deletions, linked),
                asks,
                "{deletions} of {linked}"
            );
        }
    }
}
