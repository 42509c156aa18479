//! Finds the catalogue row that a request's method and path match.

use std::borrow::Cow;
use std::collections::HashMap;

use percent_encoding::percent_decode_str;

use crate::catalogue::{self, Endpoint};

/// One segment of a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Segment {
    Literal(&'static str),
    Placeholder(&'static str),
}

struct Route {
    segments: Vec<Segment>,
    row: &'static Endpoint,
}

/// All routes, by their number of segments.
pub(super) struct Router {
    routes: HashMap<usize, Vec<Route>>,
}

/// A request's endpoint with the values of its path parameters, percent-decoded.
pub(super) struct Matched {
    pub row: &'static Endpoint,
    pub path: Vec<(&'static str, String)>,
}

/// Why no endpoint matches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum NoRoute {
    /// No row has this path.
    Path,
    /// A row has this path, but not with this method.
    Method,
}

impl Router {
    pub fn new() -> Self {
        let mut routes: HashMap<usize, Vec<Route>> = HashMap::new();
        for (_, row) in catalogue::endpoints() {
            let segments = segments(row.path);
            routes.entry(segments.len()).or_default().push(Route { segments, row });
        }
        Self { routes }
    }

    /// The endpoint of a path below the API's base. If several paths match, the path with a literal
    /// in the leftmost segment where they differ wins.
    ///
    /// Webhooks and interactions share their paths: `/webhooks/{application_id}/…` belongs to an
    /// interaction if the id is the application's, and otherwise to a webhook.
    pub fn find(&self, method: &str, path: &str, application: &str) -> Result<Matched, NoRoute> {
        let parts: Vec<&str> = path.trim_start_matches('/').split('/').collect();
        let fits = |route: &&Route| {
            route.segments.iter().zip(&parts).all(|(segment, text)| match segment {
                Segment::Literal(literal) => literal == text,
                Segment::Placeholder(_) => !text.is_empty(),
            })
        };
        let of_shape: Vec<&Route> = self.routes.get(&parts.len()).into_iter().flatten().filter(fits).collect();
        let best = of_shape
            .iter()
            .filter(|route| route.row.method.name() == method)
            .max_by_key(|route| {
                let literals: Vec<bool> = route.segments.iter().map(|s| matches!(s, Segment::Literal(_))).collect();
                let own =
                    route.segments.iter().zip(&parts).any(|(segment, text)| {
                        *segment == Segment::Placeholder("application_id") && *text == application
                    });
                let other = route.segments.contains(&Segment::Placeholder("application_id")) && !own;
                (literals, own, !other)
            })
            .ok_or(if of_shape.is_empty() { NoRoute::Path } else { NoRoute::Method })?;
        let path = best.segments.iter().zip(&parts).filter_map(|(segment, text)| match segment {
            Segment::Placeholder(name) => Some((
                *name,
                percent_decode_str(text).decode_utf8().map_or_else(|_| (*text).to_owned(), Cow::into_owned),
            )),
            Segment::Literal(_) => None,
        });
        Ok(Matched { row: best.row, path: path.collect() })
    }
}

fn segments(path: &'static str) -> Vec<Segment> {
    path.trim_start_matches('/')
        .split('/')
        .map(|part| match part.strip_prefix('{').and_then(|p| p.strip_suffix('}')) {
            Some(name) => Segment::Placeholder(name),
            None => Segment::Literal(part),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const APPLICATION: &str = "77";

    /// A path that matches only this row.
    fn example(path: &str) -> String {
        path.split('/')
            .map(|part| match part {
                "{application_id}" => APPLICATION,
                part if part.starts_with('{') => "123",
                part => part,
            })
            .collect::<Vec<_>>()
            .join("/")
    }

    #[test]
    fn every_row_can_be_reached() {
        let router = Router::new();
        for (noun, row) in catalogue::endpoints() {
            let found = router.find(row.method.name(), &example(row.path), APPLICATION);
            let found = found.unwrap_or_else(|e| panic!("{} {}: {e:?}", noun.name, row.verb));
            assert_eq!(found.row.operation, row.operation, "{} {}", row.method.name(), row.path);
        }
    }

    #[test]
    fn path_parameters_are_decoded_and_a_wrong_method_differs_from_a_wrong_path() {
        let router = Router::new();
        let found = router.find("GET", "/channels/1/messages/%F0%9F%91%8D", APPLICATION).unwrap();
        assert_eq!(found.path, [("channel_id", "1".to_owned()), ("message_id", "👍".to_owned())]);
        assert_eq!(router.find("TRACE", "/channels/1/messages", APPLICATION).err(), Some(NoRoute::Method));
        assert_eq!(router.find("GET", "/channels//messages", APPLICATION).err(), Some(NoRoute::Path));
        assert_eq!(router.find("GET", "/nowhere", APPLICATION).err(), Some(NoRoute::Path));
    }
}
