//! Decides which page of a channel to read next.

use crate::cache::Span;

/// The number of messages on a full page. Source: Discord's reference, "Get Channel Messages".
const PAGE: u64 = 100;

/// Where a page begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// The newest messages of the channel.
    Newest,
    /// The messages that follow this id.
    After(u64),
    /// The messages that precede this id.
    Before(u64),
}

/// What to read of a channel.
#[derive(Clone, Copy, Debug)]
pub struct Extent {
    /// Older messages than this id need not be read.
    pub after: u64,
    /// The maximum number of messages to read in this run.
    pub most: u64,
}

/// A walk through a channel: first from the stored messages to the newest one, then backwards to the oldest one. The pages
/// adjoin the stored messages, so that the walk can stop after any page.
#[derive(Debug)]
pub struct Walk {
    span: Span,
    extent: Extent,
    is_current: bool,
}

impl Walk {
    /// `latest` is the id of the channel's newest message, or 0 if it has none, and `None` if the id is unknown.
    pub fn new(mut span: Span, extent: Extent, latest: Option<u64>) -> Self {
        span.is_complete |= latest == Some(0) && !span.has_messages();
        let is_known = span.has_messages() || span.is_complete;
        Self { span, extent, is_current: is_known && latest.is_some_and(|latest| latest <= span.newest) }
    }

    pub const fn span(&self) -> Span {
        self.span
    }

    /// Whether the span reaches the newest message of the channel.
    pub const fn is_current(&self) -> bool {
        self.is_current
    }

    /// Whether everything that was asked for is stored.
    pub const fn is_done(&self) -> bool {
        self.is_current && self.reaches_back()
    }

    const fn reaches_back(&self) -> bool {
        self.span.is_complete || self.span.has_messages() && self.span.oldest <= self.extent.after
    }

    /// The next page, and the number of messages to ask for. `None` if there is nothing left to read.
    pub fn next(&self) -> Option<(Step, u64)> {
        let step = match self.span {
            span if !span.has_messages() && !span.is_complete => Step::Newest,
            span if !self.is_current => Step::After(span.newest),
            span if !self.reaches_back() => Step::Before(span.oldest),
            _ => return None,
        };
        Some((step, self.extent.most.min(PAGE))).filter(|(_, size)| *size > 0)
    }

    /// Records the ids of a page. Returns whether the walk advanced: a full page that adds nothing would be read for ever.
    #[must_use]
    pub fn advance(&mut self, (step, size): (Step, u64), ids: &[u64]) -> bool {
        let (before, is_full) = (self.span, ids.len() as u64 >= size);
        self.span.extend(ids.iter().copied());
        self.extent.most = self.extent.most.saturating_sub(ids.len() as u64);
        match step {
            Step::Newest => (self.is_current, self.span.is_complete) = (true, !is_full),
            Step::After(_) => self.is_current = !is_full,
            Step::Before(_) => self.span.is_complete = !is_full,
        }
        !is_full || self.span != before
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: Extent = Extent { after: 0, most: u64::MAX };

    /// The page that Discord returns for a step, newest first.
    fn page(channel: &[u64], (step, size): (Step, u64)) -> Vec<u64> {
        let size = usize::try_from(size).unwrap();
        let mut page: Vec<u64> = match step {
            Step::Newest => channel.iter().rev().take(size).copied().collect(),
            Step::Before(id) => channel.iter().rev().filter(|m| **m < id).take(size).copied().collect(),
            Step::After(id) => channel.iter().filter(|m| **m > id).take(size).copied().collect(),
        };
        page.sort_unstable_by(|a, b| b.cmp(a));
        page
    }

    /// Walks through a channel for at most so many pages. Returns the span and the ids in the order in which they were read.
    fn walk(channel: &[u64], span: Span, extent: Extent, pages: usize) -> (Span, Vec<u64>) {
        let mut walk = Walk::new(span, extent, channel.last().copied().or(Some(0)));
        let mut read = Vec::new();
        for _ in 0..pages {
            let Some(next) = walk.next() else { break };
            let ids = page(channel, next);
            assert!(walk.advance(next, &ids));
            read.extend(ids);
        }
        (walk.span(), read)
    }

    #[test]
    fn a_walk_that_stops_after_any_page_reads_each_message_once() {
        for count in [0, 1, 99, 100, 101, 250, 300] {
            let channel: Vec<u64> = (1..=count).collect();
            for (stop, grown) in [(0, 0), (1, 0), (1, 7), (2, 130), (3, 100), (9, 1)] {
                let (span, mut read) = walk(&channel, Span::EMPTY, ALL, stop);
                let now: Vec<u64> = (1..=count + grown).collect();
                let (span, rest) = walk(&now, span, ALL, usize::MAX);
                read.extend(rest);
                read.sort_unstable();
                assert_eq!(read, now, "{count} messages, {stop} pages, then {grown} more");
                assert!(span.is_complete);
                assert!(walk(&now, span, ALL, usize::MAX).1.is_empty(), "there is nothing left to read");
            }
        }
    }

    #[test]
    fn a_walk_stops_at_a_time_and_at_a_number_and_continues_later() {
        let channel: Vec<u64> = (1..=1000).collect();
        let (span, read) = walk(&channel, Span::EMPTY, Extent { after: 850, ..ALL }, usize::MAX);
        assert_eq!((read.len(), span.oldest, span.is_complete), (200, 801, false));
        assert!(walk(&channel, span, Extent { after: 850, ..ALL }, usize::MAX).1.is_empty());
        let (span, read) = walk(&channel, span, Extent { most: 150, ..ALL }, usize::MAX);
        assert_eq!((read.len(), span.oldest), (150, 651));
        let (span, read) = walk(&channel, span, ALL, usize::MAX);
        assert_eq!((read.len(), span.is_complete), (650, true));
    }

    #[test]
    fn an_empty_channel_is_read_again_only_after_a_message() {
        let (span, read) = walk(&[], Span::EMPTY, ALL, usize::MAX);
        assert_eq!((read, span.is_complete), (vec![], true));
        assert_eq!(Walk::new(Span::EMPTY, ALL, Some(0)).next(), None);
        assert_eq!(Walk::new(span, ALL, Some(0)).next(), None);
        assert_eq!(Walk::new(span, ALL, Some(5)).next(), Some((Step::After(0), 100)));
        assert_eq!(Walk::new(span, ALL, None).next(), Some((Step::After(0), 100)));
    }

    #[test]
    fn a_server_that_repeats_a_page_does_not_advance_the_walk() {
        let ids: Vec<u64> = (1..=100).collect();
        let mut walk = Walk::new(Span::EMPTY, ALL, None);
        let next = walk.next().unwrap();
        assert!(walk.advance(next, &ids));
        let next = walk.next().unwrap();
        assert!(!walk.advance(next, &ids));
    }
}
