//! `http_request_seconds`: how long requests take, by route and status.
//!
//! A measurement is found by its labels, and labels are texts that have to be made and compared.
//! Each thread therefore keeps those that it has used: as many as there are routes and statuses.

use std::cell::RefCell;
use std::collections::HashMap;
use std::time::Duration;

use metrics::Histogram;

/// By route; a route has few statuses.
type Used = HashMap<Box<str>, Vec<(u16, Histogram)>>;

thread_local! {
    static USED: RefCell<Used> = RefCell::default();
}

/// Notes a request.
pub(super) fn request(route: &str, status: u16, took: Duration) {
    let seconds = took.as_secs_f64();
    USED.with_borrow_mut(|used| {
        let of_status =
            |list: &Vec<(u16, Histogram)>| list.iter().position(|(known, _)| *known == status);
        if let Some(list) = used.get(route)
            && let Some(at) = of_status(list)
        {
            return list[at].1.record(seconds);
        }
        let labels = [("route", route.to_owned()), ("status", status.to_string())];
        let histogram = metrics::histogram!("http_request_seconds", &labels);
        histogram.record(seconds);
        used.entry(route.into()).or_default().push((status, histogram));
    });
}
