//! Writing the rows of child tables: what they become, as statements for the contact that they belong to.

use super::{Child, ChildRow, Holds, Slot, Slots, same_bytes};
use crate::contact::{Changes, Contact, Property, Value};
use crate::mysql::column::Column;
use crate::mysql::literal::{identifier, list};

/// The rows that a new contact gets in one table, each without the contact's key.
#[derive(Debug, Clone, Default)]
pub(crate) struct Fresh(Vec<String>);

impl Fresh {
    /// Their length as SQL.
    #[must_use]
    pub(crate) fn size(&self) -> usize {
        self.0.iter().map(|row| row.len() + 64).sum()
    }
}

/// What a property changes to; `None` when it does not change.
type ValueOf<'a, 'b> = &'b dyn Fn(Property) -> Option<Option<&'a Value>>;

impl Child {
    /// The statements that bring the rows of a contact, whose key is given as SQL, from what they were to what changes say. Each of
    /// them writes at least one row.
    ///
    /// # Errors
    /// With the reason, when a value does not fit.
    pub(crate) fn update(
        &self,
        contact: &str,
        before: &[ChildRow],
        changes: &Changes,
    ) -> Result<Vec<String>, String> {
        let value_of = |property: Property| changed(changes, property);
        let (mut statements, fresh) = match &self.holds {
            Holds::List(column) => self.update_list(contact, before, column, &value_of)?,
            Holds::Slots(slots) => self.update_slots(contact, before, slots, &value_of)?,
        };
        statements.extend(self.insert([(contact, &fresh)]));
        Ok(statements)
    }

    fn update_list(
        &self,
        contact: &str,
        before: &[ChildRow],
        column: &Column,
        value_of: ValueOf<'_, '_>,
    ) -> Result<(Vec<String>, Fresh), String> {
        let Some(value) = value_of(column.property) else {
            return Ok((Vec::new(), Fresh::default()));
        };
        let wanted = entries(value);
        let mut gone: Vec<&[u8]> = Vec::new();
        let mut there: Vec<&str> = Vec::new();
        for raw in before.iter().filter_map(|row| row.value(0)) {
            let entry = std::str::from_utf8(raw).unwrap_or_default().trim();
            if wanted.iter().any(|wanted| wanted == entry) {
                there.push(entry);
            } else if !entry.is_empty() && !gone.contains(&raw) {
                gone.push(raw);
            }
        }
        let name = identifier(&column.name);
        let deletes = gone.into_iter().map(|raw| {
            format!(
                "DELETE FROM {} WHERE {} AND {}",
                self.name,
                self.belongs(contact),
                same_bytes(&name, raw)
            )
        });
        let new = wanted
            .iter()
            .filter(|entry| !there.contains(&entry.as_str()));
        let new: Result<Vec<String>, String> =
            new.map(|entry| write_entry(column, entry)).collect();
        Ok((deletes.collect(), Fresh(new?)))
    }

    fn update_slots(
        &self,
        contact: &str,
        before: &[ChildRow],
        slots: &Slots,
        value_of: ValueOf<'_, '_>,
    ) -> Result<(Vec<String>, Fresh), String> {
        let (mut statements, mut updates, mut fresh) = (Vec::new(), Vec::new(), Fresh::default());
        for (place, slot) in slots.slots.iter().enumerate() {
            let changed = slot
                .values
                .iter()
                .any(|(_, column)| value_of(column.property).is_some());
            if !changed {
                continue;
            }
            let mut rows = before.iter().filter(|row| row.slot == place);
            let is = format!("{} AND {}", self.belongs(contact), slots.is(slot));
            match (rows.next(), rows.next()) {
                (None, _) => fresh.0.extend(slots.row(slot, value_of)?),
                (Some(_), Some(_)) => {
                    return Err(format!(
                        "{} has several rows for {} {}",
                        self.plain_name, slots.column, slot.name
                    ));
                }
                (Some(row), None) if slot.becomes_empty(row, value_of) => {
                    statements.push(format!("DELETE FROM {} WHERE {is}", self.name));
                }
                (Some(_), None) => {
                    let mut sets = Vec::new();
                    for (_, column) in &slot.values {
                        if let Some(value) = value_of(column.property) {
                            sets.push(format!(
                                "{}={}",
                                identifier(&column.name),
                                column.encode(value)?
                            ));
                        }
                    }
                    updates.push(format!(
                        "UPDATE {} SET {} WHERE {is}",
                        self.name,
                        list(sets)
                    ));
                }
            }
        }
        statements.append(&mut updates);
        Ok((statements, fresh))
    }

    /// Whether changes leave nothing in a row, so that it goes.
    pub(crate) fn empties(&self, before: &[ChildRow], changes: &Changes) -> bool {
        let Holds::Slots(slots) = &self.holds else {
            return false;
        };
        let value_of = |property: Property| changed(changes, property);
        before.iter().any(|row| {
            slots.slots.get(row.slot).is_some_and(|slot| {
                let mut values = slot.values.iter();
                values.any(|(_, column)| changes.contains(column.property))
                    && slot.becomes_empty(row, &value_of)
            })
        })
    }

    /// The statements by which a contact gives up for a while what it is to change in UNIQUE columns; `stand_in` says what such a
    /// column holds in between.
    pub(crate) fn give_up(
        &self,
        contact: &str,
        before: &[ChildRow],
        changes: &Changes,
        stand_in: &dyn Fn(&Column) -> Option<String>,
    ) -> Vec<String> {
        let Holds::Slots(slots) = &self.holds else {
            return Vec::new();
        };
        let mut statements = Vec::new();
        for (place, slot) in slots.slots.iter().enumerate() {
            let sets: Vec<String> = slot
                .values
                .iter()
                .filter(|(_, column)| changes.contains(column.property))
                .filter_map(|(_, column)| {
                    Some(format!(
                        "{}={}",
                        identifier(&column.name),
                        stand_in(column)?
                    ))
                })
                .collect();
            if !sets.is_empty() && before.iter().any(|row| row.slot == place) {
                statements.push(format!(
                    "UPDATE {} SET {} WHERE {} AND {}",
                    self.name,
                    list(sets),
                    self.belongs(contact),
                    slots.is(slot)
                ));
            }
        }
        statements
    }

    /// The statement that deletes the mapped rows of a contact whose own row is about to go; `None` when it has none.
    #[must_use]
    pub(crate) fn delete(&self, contact: &str, before: &[ChildRow]) -> Option<String> {
        if before.is_empty() {
            return None;
        }
        let mapped = match &self.holds {
            Holds::List(_) => String::new(),
            Holds::Slots(slots) => {
                let slots_there = slots.slots.iter().enumerate();
                let there: Vec<String> = slots_there
                    .filter(|(place, _)| before.iter().any(|row| row.slot == *place))
                    .map(|(_, slot)| slots.is(slot))
                    .collect();
                format!(" AND ({})", there.join(" OR "))
            }
        };
        Some(format!(
            "DELETE FROM {} WHERE {}{mapped}",
            self.name,
            self.belongs(contact)
        ))
    }

    /// The rows of a new contact.
    ///
    /// # Errors
    /// With the reason, when a value does not fit.
    pub(crate) fn fresh(&self, contact: &Contact) -> Result<Fresh, String> {
        let value_of = |property: Property| contact.get(property).map(Some);
        let mut fresh = Fresh::default();
        match &self.holds {
            Holds::List(column) => {
                for entry in entries(contact.get(column.property)) {
                    fresh.0.push(write_entry(column, entry)?);
                }
            }
            Holds::Slots(slots) => {
                for slot in &slots.slots {
                    fresh.0.extend(slots.row(slot, &value_of)?);
                }
            }
        }
        Ok(fresh)
    }

    /// The statement that inserts the rows of contacts, whose keys are given as SQL; `None` when there are none.
    #[must_use]
    pub(crate) fn insert<'a>(
        &self,
        contacts: impl IntoIterator<Item = (&'a str, &'a Fresh)>,
    ) -> Option<String> {
        let rows: Vec<String> = contacts
            .into_iter()
            .flat_map(|(contact, fresh)| {
                fresh
                    .0
                    .iter()
                    .map(move |values| format!("({contact},{values})"))
            })
            .collect();
        let mut names = vec![identifier(&self.contact.name)];
        match &self.holds {
            Holds::List(column) => names.push(identifier(&column.name)),
            Holds::Slots(slots) => {
                names.push(identifier(&slots.column));
                names.extend(slots.values.iter().map(|name| identifier(name)));
            }
        }
        (!rows.is_empty()).then(|| {
            format!(
                "INSERT INTO {} ({}) VALUES {}",
                self.name,
                list(names),
                list(rows)
            )
        })
    }

    /// The condition that a row belongs to a contact.
    fn belongs(&self, contact: &str) -> String {
        format!("{}={contact}", identifier(&self.contact.name))
    }
}

impl Slots {
    /// The values of a slot's new row; `None` when it would be empty.
    fn row(&self, slot: &Slot, value_of: ValueOf<'_, '_>) -> Result<Option<String>, String> {
        let value = |column: &Column| value_of(column.property).flatten();
        if slot
            .values
            .iter()
            .all(|(_, column)| value(column).is_none())
        {
            return Ok(None);
        }
        let mut values = vec![self.literal(slot)];
        for place in 0..self.values.len() {
            let mut ours = slot.values.iter().filter(|(at, _)| *at == place);
            values.push(match ours.next() {
                Some((_, column)) => column.encode(value(column))?,
                None => "DEFAULT".to_owned(),
            });
        }
        Ok(Some(list(values)))
    }
}

impl Slot {
    /// Whether nothing is left in a slot's row, in our columns or any others.
    fn becomes_empty(&self, row: &ChildRow, value_of: ValueOf<'_, '_>) -> bool {
        if row.others {
            return false;
        }
        let mut places = row.values.iter().enumerate();
        places.all(
            |(place, raw)| match self.values.iter().find(|(at, _)| *at == place) {
                Some((_, column)) => value_of(column.property).map_or_else(
                    || column.decode(raw.as_deref()) == Ok(None),
                    |value| value.is_none(),
                ),
                None => raw.as_ref().is_none_or(Vec::is_empty),
            },
        )
    }
}

fn changed(changes: &Changes, property: Property) -> Option<Option<&Value>> {
    let mut found = changes.iter().filter(|(changed, _)| *changed == property);
    found.next().map(|(_, value)| value)
}

fn entries(value: Option<&Value>) -> &[String] {
    match value {
        Some(Value::List(entries)) => entries,
        Some(_) | None => &[],
    }
}

fn write_entry(column: &Column, entry: &str) -> Result<String, String> {
    column.encode(Some(&Value::Text(entry.to_owned())))
}
