//! FindItem (EWS reference, section 2.6).

use std::cmp::Ordering;
use std::sync::Arc;

use super::item_error::ItemError;
use super::item_view::{self, Mode};
use super::paths::{self, Path};
use super::restriction::{self, Restriction};
use super::{Context, batch, folder_ids, shape};
use crate::contact::value::Value;
use crate::soap::xml::Element;
use crate::store::Store;
use crate::store::item::Item;

/// What the server returns at most at once; less when it has to search
/// (EWS reference, section 6.1, EWSFindCountLimit).
const LIMIT: usize = 1000;
const LIMIT_SEARCHING: usize = 250;

pub fn execute(context: &Context<'_>, body: &Element, out: &mut String) {
    let store = context.read();
    let shape = body.child("ItemShape").map(shape::read).transpose();
    let view = body
        .child("IndexedPageItemView")
        .or_else(|| body.child("ContactsView"));
    batch::run(
        context,
        body.grandchildren("ParentFolderIds"),
        "FindItem",
        "",
        out,
        |id, out| {
            let Some(shape) = shape.as_ref().map_err(Clone::clone)? else {
                return Err(ItemError::new("ErrorInvalidRequest"));
            };
            let folder = folder_ids::resolve(context, &store, id)?;
            let condition = match body.grandchildren("Restriction").first() {
                Some(expression) => Some(restriction::read(expression, &store.registry)?),
                None => None,
            };
            let mut found = find(&store, folder, condition.as_ref());
            if body.attribute("Traversal") != Some("Shallow") {
                found.clear();
            }
            sort(&store, &mut found, body.grandchildren("SortOrder"))?;
            let limit = if condition.is_some() {
                LIMIT_SEARCHING
            } else {
                LIMIT
            };
            let page = Page::read(view, found.len()).limited(context.modes.find_limit(limit));
            out.push_str("<m:RootFolder");
            page.write(out);
            if page.length == 0 {
                out.push_str("><t:Items/></m:RootFolder>");
                return Ok(());
            }
            out.push_str("><t:Items>");
            for item in found.iter().skip(page.start).take(page.length) {
                item_view::write_item(out, &store, item, shape, Mode::Find);
            }
            out.push_str("</t:Items></m:RootFolder>");
            Ok(())
        },
    );
}

fn find<'a>(
    store: &'a Store,
    folder: crate::store::folder::FolderNo,
    condition: Option<&Restriction>,
) -> Vec<&'a Arc<Item>> {
    let Some(folder) = store.folder(folder) else {
        return Vec::new();
    };
    let items = folder.items.iter().filter_map(|number| store.item(*number));
    match condition {
        Some(condition) if condition.is_hopeless() => Vec::new(),
        Some(condition) => items.filter(|item| condition.matches_item(item)).collect(),
        None => items.collect(),
    }
}

fn sort(store: &Store, found: &mut [&Arc<Item>], orders: &[Element]) -> Result<(), ItemError> {
    for order in orders.iter().rev() {
        let Some(path) = order.children.first() else {
            continue;
        };
        let path = paths::read(path)?;
        let key = |item: &Item| match &path {
            Path::Field(id) => item.properties.get(*id).cloned(),
            Path::Extended(name) => store
                .registry
                .find(name)
                .and_then(|id| item.properties.get(id))
                .cloned(),
            Path::Named(uri) => restriction::named(item, uri),
        };
        let descending = order.attribute("Order") == Some("Descending");
        let mut keyed: Vec<(Option<Value>, &Arc<Item>)> =
            found.iter().map(|item| (key(item), *item)).collect();
        keyed.sort_by(|(a, _), (b, _)| {
            if descending {
                compare(b, a)
            } else {
                compare(a, b)
            }
        });
        for (place, (_, item)) in found.iter_mut().zip(keyed) {
            *place = item;
        }
    }
    Ok(())
}

fn compare(a: &Option<Value>, b: &Option<Value>) -> Ordering {
    match (a, b) {
        (Some(Value::Time(a)), Some(Value::Time(b))) => a.cmp(b),
        (Some(a), Some(b)) => a.to_text().to_lowercase().cmp(&b.to_text().to_lowercase()),
        (a, b) => a.is_some().cmp(&b.is_some()),
    }
}

/// A page of a view.
#[derive(Debug, PartialEq, Eq)]
pub struct Page {
    /// Index of its first entry.
    pub start: usize,
    /// How many entries it may hold.
    pub length: usize,
    total: usize,
    indexed: bool,
    from_end: bool,
}

impl Page {
    /// Reads IndexedPageItemView, IndexedPageFolderView or ContactsView.
    pub fn read(view: Option<&Element>, total: usize) -> Self {
        let number = |name: &str| {
            view.and_then(|v| v.attribute(name))
                .and_then(|n| n.trim().parse::<usize>().ok())
        };
        let indexed = view.is_some_and(|view| view.name.starts_with("Indexed"));
        let offset = number("Offset").unwrap_or(0).min(total);
        let length = number("MaxEntriesReturned")
            .unwrap_or(total)
            .min(total - offset);
        let from_end = view.and_then(|v| v.attribute("BasePoint")) == Some("End");
        let start = if from_end {
            total - offset - length
        } else {
            offset
        };
        Self {
            start,
            length,
            total,
            indexed,
            from_end,
        }
    }

    fn limited(mut self, limit: usize) -> Self {
        if self.length > limit {
            if self.from_end {
                self.start += self.length - limit;
            }
            self.length = limit;
        }
        self
    }

    /// Appends the paging attributes; IndexedPagingOffset only where an indexed view was asked for,
    /// as recorded.
    pub fn write(&self, out: &mut String) {
        let (next, last) = match self.from_end {
            true => (self.total - self.start, self.start == 0),
            false => (
                self.start + self.length,
                self.start + self.length == self.total,
            ),
        };
        if self.indexed {
            out.push_str(&format!(" IndexedPagingOffset=\"{next}\""));
        }
        out.push_str(&format!(
            " TotalItemsInView=\"{}\" IncludesLastItemInRange=\"{last}\"",
            self.total
        ));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::soap::xml::parse;

    fn page(view: &str, total: usize) -> (usize, usize, String) {
        let page = Page::read(Some(&parse(view).unwrap()), total);
        let mut out = String::new();
        page.write(&mut out);
        (page.start, page.length, out)
    }

    #[test]
    fn pages_from_both_ends() {
        let view = "<IndexedPageItemView MaxEntriesReturned='2' Offset='2' BasePoint='Beginning'/>";
        let attributes =
            " IndexedPagingOffset=\"4\" TotalItemsInView=\"5\" IncludesLastItemInRange=\"false\"";
        assert_eq!(page(view, 5), (2, 2, attributes.to_owned()));
        let (start, length, _) = page(&view.replace("Beginning", "End"), 5);
        assert_eq!((start, length), (1, 2));
        assert_eq!(page(view, 1).1, 0);
    }

    #[test]
    fn the_server_has_a_limit_of_its_own() {
        let page = Page::read(None, 3000).limited(LIMIT);
        let mut out = String::new();
        page.write(&mut out);
        assert_eq!(
            out,
            " TotalItemsInView=\"3000\" IncludesLastItemInRange=\"false\""
        );
        assert_eq!(page.length, 1000);
    }
}
