//! Reads a list page by page, with one page in memory at a time.

use std::cmp::Ordering;
use std::collections::HashSet;

use bytes::Bytes;
use jiff::Timestamp;
use serde_json::value::RawValue;

use crate::catalogue::{Paging, Walk};
use crate::model::items;
use crate::model::selection::Selection;
use crate::rest::answer::Response;
use crate::rest::client::Client;
use crate::rest::error::{Error, Stuck};
use crate::rest::request::Request;

/// Discord's search returns no results beyond this offset.
const LAST_OFFSET: u64 = 9975;

/// How much of a list to read. With neither `limit` nor `all`, one page.
#[derive(Clone, Debug, Default)]
pub struct Plan {
    /// The maximum number of items, over all pages.
    pub limit: Option<u64>,
    /// Whether to read the whole list.
    pub all: bool,
    /// Return only these items. The others are read but not returned.
    pub selection: Selection,
}

/// A list that is being read.
///
/// The query of the request contains the cursors and the page size. With `after`, items are in ascending order, up to `before`
/// if both are set. Otherwise, items are in Discord's order.
pub struct Pages {
    request: Request,
    field: Option<&'static str>,
    walk: Walker,
}

/// A page: a response, and which of its items to return, in which order.
#[derive(Clone, Debug)]
pub struct Page {
    pub response: Response,
    field: Option<&'static str>,
    kept: Vec<usize>,
}

impl Page {
    /// The items to return, with their bytes as Discord sent them.
    pub fn items(&self) -> Vec<&RawValue> {
        let all = items::items(&self.response.body, self.field).expect("the items were parsed before");
        self.kept.iter().map(|at| all[*at]).collect()
    }

    /// The whole response.
    pub fn body(&self) -> &Bytes {
        &self.response.body
    }

    /// Whether the page contains all items of the response in their original order.
    pub fn is_unchanged(&self) -> bool {
        items::items(&self.response.body, self.field).is_ok_and(|all| self.kept.iter().copied().eq(0..all.len()))
    }

    pub fn len(&self) -> usize {
        self.kept.len()
    }

    pub fn is_empty(&self) -> bool {
        self.kept.is_empty()
    }
}

impl Pages {
    /// `field` is the field of the response that contains the items, if the response itself is not a list. Without `paging`,
    /// there is only one page, and the plan's limit truncates it.
    pub fn new(mut request: Request, paging: Option<Paging>, field: Option<&'static str>, plan: Plan) -> Self {
        let walk = Walker::new(&mut request.query, paging, plan);
        Self { request, field, walk }
    }

    /// The next page; `None` after the last.
    pub async fn next(&mut self, client: &Client) -> Result<Option<Page>, Error> {
        let Some(request) = self.request() else { return Ok(None) };
        let response = client.send(&request).await?;
        let items = items::items(&response.body, self.field).map_err(Error::NotAList)?;
        let counts = self.walk.paging.map_or_else(Counts::default, |paging| Counts::read(&response.body, &paging));
        let kept = self.walk.page(&items, counts).map_err(|why| Error::Pages { page: self.walk.pages, why })?;
        Ok(Some(Page { response, field: self.field, kept }))
    }

    /// The request for the next page; `None` after the last.
    pub fn request(&self) -> Option<Request> {
        let query = self.walk.query()?;
        let mut request = self.request.clone();
        request.query.extend(query);
        Some(request)
    }

    /// The cursor at which to stop. It is not sent to Discord, because most lists accept one cursor at a time.
    pub fn end(&self) -> Option<String> {
        self.walk.until.as_ref().map(Cursor::text)
    }

    /// Where the next page begins: the name of a cursor, and its value.
    pub fn place(&self) -> Option<(String, String)> {
        self.walk.query()?.into_iter().find(|(name, _)| name != "limit")
    }

    /// Whether the list may have more items than were returned. For most lists, a full page is the only sign of this.
    pub fn more(&self) -> bool {
        self.walk.more
    }

    /// Whether the list has more items that Discord does not serve.
    pub fn is_cut_off(&self) -> bool {
        self.walk.cut_off
    }
}

/// What a response reports about its list, apart from the items.
#[derive(Clone, Copy, Debug, Default)]
struct Counts {
    has_more: Option<bool>,
    total: Option<u64>,
}

impl Counts {
    fn read(body: &[u8], paging: &Paging) -> Self {
        if !paging.has_more && paging.walk != Walk::Offset {
            return Self::default();
        }
        let Ok(object) = serde_json::from_slice::<&RawValue>(body) else { return Self::default() };
        Self {
            has_more: items::field(object, "has_more").map(|v| v.get() == "true").filter(|_| paging.has_more),
            total: items::text(object, "total_results").and_then(|t| t.parse().ok()),
        }
    }
}

/// A position in a list: an id, compared as a number, or a time.
#[derive(Clone, Debug)]
enum Cursor {
    Id(u64),
    /// The time, and its text, which is sent back to Discord unchanged.
    Time(Timestamp, String),
}

impl Cursor {
    fn parse(text: String) -> Option<Self> {
        match text.parse() {
            Ok(id) => Some(Self::Id(id)),
            Err(_) => text.parse().ok().map(|time| Self::Time(time, text)),
        }
    }

    fn text(&self) -> String {
        match self {
            Self::Id(id) => id.to_string(),
            Self::Time(_, text) => text.clone(),
        }
    }

    /// Returns `None` for an id and a time.
    fn compare(&self, other: &Self) -> Option<Ordering> {
        match (self, other) {
            (Self::Id(a), Self::Id(b)) => Some(a.cmp(b)),
            (Self::Time(a, _), Self::Time(b, _)) => Some(a.cmp(b)),
            _ => None,
        }
    }

    fn is_below(&self, other: &Self) -> bool {
        self.compare(other) == Some(Ordering::Less)
    }
}

/// Where the next page begins.
#[derive(Clone, Debug)]
enum At {
    /// At Discord's default or at the given parameter, and no further page is requested.
    Once(Option<(&'static str, String)>),
    /// At Discord's default, and further pages are requested.
    Start,
    Before(Cursor),
    After(Cursor),
    Offset(u64),
    End,
}

/// Decides, without I/O, which page to request and which of its items to return.
struct Walker {
    paging: Option<Paging>,
    at: At,
    /// Where to stop when reading in ascending order.
    until: Option<Cursor>,
    ascending: bool,
    plan: Plan,
    /// The page size that the user requested.
    page_size: Option<u32>,
    returned: u64,
    pages: u64,
    /// The items of the previous page, because an item that moved between two requests may be in both pages.
    last: HashSet<String>,
    more: bool,
    cut_off: bool,
}

impl Walker {
    /// Removes the cursors and the page size from the query.
    fn new(query: &mut Vec<(String, String)>, paging: Option<Paging>, plan: Plan) -> Self {
        let mut walker = Self {
            paging,
            at: At::Once(None),
            until: None,
            ascending: false,
            plan,
            page_size: None,
            returned: 0,
            pages: 0,
            last: HashSet::new(),
            more: false,
            cut_off: false,
        };
        let Some(paging) = paging else { return walker };
        let pages = paging.only_with.is_none_or(|name| query.iter().any(|(n, v)| n == name && v == "true"));
        if !pages {
            walker.paging = None;
            return walker;
        }
        let mut take = |name: &str| {
            let at = query.iter().position(|(n, _)| n == name)?;
            Some(query.remove(at).1)
        };
        // An invalid size or cursor is sent to Discord unchanged, for Discord to reject.
        match take("limit").map(|text| (text.parse(), text)) {
            Some((Ok(size), _)) => walker.page_size = Some(size),
            Some((Err(_), text)) => {
                walker.at = At::Once(Some(("limit", text)));
                return walker;
            }
            None => {}
        }
        let around = paging.around.then(|| take("around")).flatten();
        let mut cursor = |name: &'static str, has: bool| {
            let text = has.then(|| take(name)).flatten()?;
            Some(Cursor::parse(text.clone()).ok_or((name, text)))
        };
        let (before, after) = (cursor("before", paging.before), cursor("after", paging.after));
        let offset = (paging.walk == Walk::Offset).then(|| take("offset")).flatten();
        walker.at = match (around, after, before) {
            (Some(around), _, _) => At::Once(Some(("around", around))),
            (_, Some(Err(bad)), _) | (_, _, Some(Err(bad))) => At::Once(Some(bad)),
            (_, Some(Ok(after)), before) => {
                walker.ascending = true;
                walker.until = before.and_then(Result::ok);
                At::After(after)
            }
            (_, None, Some(Ok(before))) => At::Before(before),
            (_, None, None) if paging.walk == Walk::Offset => match offset.map(|text| (text.parse(), text)) {
                Some((Err(_), text)) => At::Once(Some(("offset", text))),
                Some((Ok(offset), _)) => At::Offset(offset),
                None => At::Offset(0),
            },
            (_, None, None) if paging.walk == Walk::Once => At::Once(None),
            (_, None, None) => At::Start,
        };
        walker
    }

    /// How many more items to return, or `None` for all.
    fn wanted(&self) -> Option<u64> {
        self.plan.limit.map(|limit| limit.saturating_sub(self.returned))
    }

    /// The page size to request, or `None` for Discord's default.
    fn size(&self, paging: &Paging) -> Option<u32> {
        let bounded = |size: u64| u32::try_from(size.clamp(paging.least.max(1).into(), paging.max.into())).ok();
        match (self.page_size, self.wanted(), self.plan.all) {
            // Do not request more items than are left to return.
            (Some(size), Some(wanted), _) if self.plan.selection.is_empty() => bounded(wanted.min(size.into())),
            (None, Some(_), _) if !self.plan.selection.is_empty() => Some(paging.max),
            (Some(size), _, _) => Some(size),
            (None, Some(wanted), _) => bounded(wanted),
            (None, None, true) => Some(paging.max),
            (None, None, false) => Some(paging.size()).filter(|size| *size != paging.default),
        }
    }

    /// The query parameters of the next page, or `None` after the last page.
    fn query(&self) -> Option<Vec<(String, String)>> {
        let cursor = match &self.at {
            At::End => return None,
            At::Start | At::Once(None) | At::Offset(0) => None,
            At::Once(Some((name, value))) => Some((*name, value.clone())),
            At::Before(cursor) => Some(("before", cursor.text())),
            At::After(cursor) => Some(("after", cursor.text())),
            At::Offset(offset) => Some(("offset", offset.to_string())),
        };
        let size = self.paging.and_then(|paging| self.size(&paging)).map(|size| ("limit", size.to_string()));
        Some(cursor.into_iter().chain(size).map(|(name, value)| (name.to_owned(), value)).collect())
    }

    /// Advances past a page. Returns the indexes of the items to return, in order.
    fn page(&mut self, items: &[&RawValue], counts: Counts) -> Result<Vec<usize>, Stuck> {
        self.pages += 1;
        let mut kept: Vec<usize> = (0..items.len()).collect();
        let mut full = counts.has_more.unwrap_or(false);
        let mut next = At::End;
        if let Some(paging) = self.paging {
            let size = self.size(&paging).unwrap_or(paging.default);
            let cursors: Vec<_> = items.iter().map(|i| items::text(i, paging.cursor).and_then(Cursor::parse)).collect();
            full = counts.has_more.unwrap_or(items.len() as u64 >= u64::from(size)) && !items.is_empty();
            if let At::Offset(offset) = self.at {
                // A short page of a search is not necessarily the last one.
                let onwards = offset + u64::from(size);
                full =
                    !items.is_empty() && counts.total.map_or(counts.has_more.unwrap_or(true), |total| onwards < total);
                match full {
                    true if onwards <= LAST_OFFSET => next = At::Offset(onwards),
                    more => self.cut_off = more,
                }
            } else if self.ascending {
                self.sort(&mut kept, &cursors);
            }
            let enough = |wanted| self.plan.selection.is_empty() && wanted <= items.len() as u64;
            let reached = self.wanted().map_or(!self.plan.all, enough);
            if full && !reached && !matches!(self.at, At::Once(_) | At::Offset(_)) {
                next = self.onwards(&paging, &cursors)?;
            }
            if let Some(until) = &self.until {
                let inside = |at: &usize| cursors[*at].as_ref().is_none_or(|c| c.is_below(until));
                let within = kept.len();
                kept.retain(inside);
                if kept.len() < within {
                    (next, full) = (At::End, false);
                }
            }
            let names: Vec<_> = items.iter().map(|item| identity(item, &paging)).collect();
            kept.retain(|at| !self.last.contains(&names[*at]));
            self.last = names.into_iter().collect();
        }
        kept.retain(|at| self.plan.selection.has(items[*at]));
        if let Some(wanted) = self.wanted().and_then(|w| usize::try_from(w).ok())
            && kept.len() > wanted
        {
            kept.truncate(wanted);
            full = true;
        }
        self.returned += kept.len() as u64;
        self.more = full;
        let done = self.wanted().map_or(!self.plan.all, |wanted| wanted == 0);
        self.cut_off &= self.wanted() != Some(0);
        self.at = if done { At::End } else { next };
        Ok(kept)
    }

    /// Sorts the items of a page in ascending order, because Discord sends some pages newest first whatever the cursor. Items
    /// without a cursor go to the end.
    fn sort(&self, kept: &mut [usize], cursors: &[Option<Cursor>]) {
        kept.sort_by(|a, b| match (&cursors[*a], &cursors[*b]) {
            (Some(a), Some(b)) => a.compare(b).unwrap_or(Ordering::Equal),
            (a, b) => a.is_none().cmp(&b.is_none()),
        });
    }

    /// The position of the next page, after a page that is not the last.
    fn onwards(&self, paging: &Paging, cursors: &[Option<Cursor>]) -> Result<At, Stuck> {
        let mut known = cursors.iter().flatten();
        let first = known.next().ok_or(Stuck::NoCursor)?;
        let (mut low, mut high, mut last) = (first, first, first);
        for cursor in known {
            if cursor.is_below(low) {
                low = cursor;
            }
            if high.is_below(cursor) {
                high = cursor;
            }
            last = cursor;
        }
        let next = match self.at {
            At::After(_) => At::After(high.clone()),
            At::Before(_) => At::Before(low.clone()),
            // Without a cursor, Discord chooses where to begin, and the order of the page shows its direction.
            _ if paging.after && (!paging.before || first.is_below(last)) => At::After(high.clone()),
            _ if paging.before && (!paging.after || last.is_below(first)) => At::Before(low.clone()),
            _ if paging.walk == Walk::After => At::After(high.clone()),
            _ => At::Before(low.clone()),
        };
        let advances = match (&self.at, &next) {
            (At::After(old), At::After(new)) => old.is_below(new),
            (At::Before(old), At::Before(new)) => new.is_below(old),
            _ => true,
        };
        if advances { Ok(next) } else { Err(Stuck::NotAdvancing) }
    }
}

/// What identifies an item on the next page.
fn identity(item: &RawValue, paging: &Paging) -> String {
    // The `id` of a thread member is the thread's id, so this uses the cursor if it is an id.
    let cursor = items::text(item, paging.cursor).filter(|text| text.bytes().all(|b| b.is_ascii_digit()));
    cursor.or_else(|| items::text(item, "id")).unwrap_or_else(|| item.get().to_owned())
}

#[cfg(test)]
mod tests;
