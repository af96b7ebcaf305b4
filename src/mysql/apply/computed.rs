//! What a step writes to the columns that the app's code computes: decided before anything is written.

use super::Task;
use super::refuse::unfit;
use crate::mysql::computed::{Computer, Group, Known, Raw, values_of};
use crate::mysql::ready::Ready;
use crate::mysql::table::Table;
use crate::sync::base::{Base, Leg};
use crate::sync::ports::{Row, RowSeen, RowWrite, Unread};

/// Decides what is written. Gives the targets for which the app's code has to be asked first.
pub(super) fn decide(computer: &mut Computer, table: &Table, tasks: &mut [Task]) -> Vec<usize> {
    let mut open = Vec::new();
    if table.computed.is_empty() {
        return open;
    }
    for task in tasks {
        match columns(computer, table, task) {
            Ok(Some(columns)) => task.columns = columns,
            Ok(None) => open.push(task.case.index),
            Err(reason) => unfit(task, reason),
        }
    }
    open
}

/// The SQL for each column of each group, `None` for one that stays as it is; nothing when something has to be asked first.
type Decided = Option<Vec<Vec<Option<String>>>>;

fn columns(computer: &mut Computer, table: &Table, task: &Task) -> Result<Decided, String> {
    let mut decided = Some(Vec::with_capacity(table.computed.len()));
    for (place, group) in table.computed.iter().enumerate() {
        let nothing = || vec![Raw::Null; group.columns.len()];
        let (contact, raws, now) = match (&task.step.row, &task.case.row) {
            (RowWrite::Insert(contact), _) => (contact.clone(), nothing(), false),
            (RowWrite::Update(changes), RowSeen::Present(row))
                if group
                    .properties
                    .iter()
                    .any(|property| changes.contains(*property)) =>
            {
                let mut contact = row.contact.clone();
                contact.apply(changes);
                let raws = task.case.parts.computed.get(place).cloned();
                (contact, raws.unwrap_or_else(nothing), true)
            }
            _ => {
                if let Some(decided) = &mut decided {
                    decided.push(vec![None; group.columns.len()]);
                }
                continue;
            }
        };
        match computer.columns(group, values_of(group, &contact), &raws) {
            None => decided = None,
            Some(columns) => {
                let sql = encode(group, &columns?, now.then_some(&raws))?;
                if let Some(decided) = &mut decided {
                    decided.push(sql);
                }
            }
        }
    }
    Ok(decided)
}

fn encode(
    group: &Group,
    columns: &[Option<Raw>],
    now: Option<&Vec<Raw>>,
) -> Result<Vec<Option<String>>, String> {
    let columns = group.columns.iter().zip(columns).enumerate();
    columns
        .map(|(place, (column, raw))| match raw {
            Some(raw) => column.encode(raw, now.and_then(|now| now.get(place))),
            None => Ok(None),
        })
        .collect()
}

/// Fills in what was read back. Gives the targets for which the app's code has to be asked first; at the last try there are none, and
/// what is not known counts as not read.
pub(super) fn fill_back(
    computer: &mut Computer,
    table: &Table,
    tasks: &mut [Task],
    last: bool,
) -> Vec<usize> {
    let mut open = Vec::new();
    for task in tasks {
        let Some(back) = task.back.as_mut() else {
            continue;
        };
        let known = task.case.link.as_ref().map(|stored| Known {
            base: &stored.link.base,
            print: stored.computed.as_deref(),
        });
        if computer.fill(table, &mut back.row, &back.parts.computed, known) {
            continue;
        }
        if last {
            let properties = table.computed.iter().flat_map(|group| &group.properties);
            let unread = properties.map(|property| Unread::new(*property, ""));
            back.row.unreadable.extend(unread);
        } else {
            open.push(task.case.index);
        }
    }
    open
}

/// The fingerprint of the columns that mean what the row's legs of a base say, if there is one.
pub(super) fn print(ready: &Ready, task: &Task, base: &Base) -> Option<Vec<u8>> {
    let table = &ready.table;
    if table.computed.is_empty() {
        return None;
    }
    let mut properties = table.computed.iter().flat_map(|group| &group.properties);
    let stands = matches!(task.step.row, RowWrite::Keep | RowWrite::Mark);
    let seen: Option<(&Row, &Vec<Vec<Raw>>)> = match (&task.back, &task.case.row) {
        (Some(back), _) => Some((&back.row, &back.parts.computed)),
        (None, RowSeen::Present(row)) if stands => Some((&**row, &task.case.parts.computed)),
        (None, RowSeen::Present(_) | RowSeen::Absent | RowSeen::Locked) => None,
    };
    if let Some((row, raws)) = seen
        && properties.clone().all(|property| {
            let leg = &base.legs(*property).row;
            let holds = *leg == Leg::Unknown || leg.holds(row.contact.get(*property));
            holds && row.can_read(*property)
        })
    {
        return Some(table.computed_print(raws).to_vec());
    }
    let stored = task.case.link.as_ref()?;
    let before = &stored.link.base;
    let same = properties.all(|property| base.legs(*property).row == before.legs(*property).row);
    stored.computed.clone().filter(|_| same)
}
