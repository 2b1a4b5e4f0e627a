//! A route that will go one day says so in each of its own answers, from long before (docs/versions.md): since when it
//! is not to be used any more (RFC 9745), and until when it is there (RFC 8594).

use axum::{http::HeaderValue, response::Response};
use jiff::{Timestamp, civil::Date, fmt::rfc2822::DateTimePrinter, tz::TimeZone};
use tower::util::MapResponseLayer;

/// Both days begin at midnight, UTC.
#[derive(Clone, Copy, Debug)]
pub struct Deprecated {
    pub since: Date,
    pub until: Date,
    /// What to use: a sentence for the document.
    pub instead: &'static str,
}

impl Deprecated {
    pub fn words(&self) -> String {
        let Deprecated { since, until, instead } = self;
        format!("Deprecated since {since}, and there until {until}. {instead}")
    }

    /// What its answers say.
    pub fn headers(&self) -> [(&'static str, String); 2] {
        let sunset = DateTimePrinter::new().timestamp_to_rfc9110_string(&begin(self.until));
        let since = format!("@{}", begin(self.since).as_second());
        [("deprecation", since), ("sunset", sunset.unwrap_or_default())]
    }

    pub fn layer(&self) -> MapResponseLayer<impl FnOnce(Response) -> Response + Clone + use<>> {
        let headers = self.headers();
        MapResponseLayer::new(move |mut response: Response| {
            for (name, value) in headers {
                if let Ok(value) = HeaderValue::from_str(&value) {
                    response.headers_mut().insert(name, value);
                }
            }
            response
        })
    }
}

fn begin(day: Date) -> Timestamp {
    day.to_zoned(TimeZone::UTC).map_or(Timestamp::MIN, |day| day.timestamp())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        api::all,
        http::{
            document::{draw, followed},
            routes::router,
        },
        workers::tests::shop,
    };
    use axum::{body::Body, http::Request};
    use jiff::civil::date;
    use testbed::TempDir;
    use tower::ServiceExt;

    #[tokio::test]
    async fn a_route_that_will_go_says_so_in_its_answers_and_in_the_document() {
        let dir = TempDir::new().unwrap();
        let shop = shop(&dir).await;
        let instead = "GET /health/ready says more.";
        let deprecated = Deprecated { since: date(2026, 12, 1), until: date(2028, 1, 31), instead };
        let routes = || {
            let routes = all().into_iter().map(|route| match route.name {
                "live" | "index" => route.deprecated(deprecated),
                _ => route,
            });
            routes.collect::<Vec<_>>()
        };
        let document = draw(&routes(), shop.currency, "https://shop.example");
        let (live, ready) =
            (&document["paths"]["/health/live"]["get"], &document["paths"]["/health/ready"]["get"]);
        assert_eq!((&live["deprecated"], ready.get("deprecated")), (&true.into(), None));
        let words = live["description"].as_str().unwrap();
        assert!(words.ends_with(
            "Deprecated since 2026-12-01, and there until 2028-01-31. GET /health/ready says more."
        ));
        let required = |operation: &serde_json::Value, status: &str| {
            let response = followed(&document, &operation["responses"][status]);
            let headers = response["headers"].as_object().unwrap();
            let headers = headers
                .iter()
                .filter(|(name, _)| ["Deprecation", "Sunset"].contains(&name.as_str()));
            headers
                .map(|(_, header)| followed(&document, header)["required"] == true)
                .collect::<Vec<_>>()
        };
        assert_eq!((required(live, "200"), required(ready, "200")), (vec![true; 2], vec![]));
        assert_eq!((required(live, "503"), required(ready, "503")), (vec![false; 2], vec![]));
        let router = router(routes(), shop);
        for (path, since, until) in [
            ("/health/live", Some("@1796083200"), Some("Mon, 31 Jan 2028 00:00:00 GMT")),
            // Refused, and told all the same.
            ("/api?x=1", Some("@1796083200"), Some("Mon, 31 Jan 2028 00:00:00 GMT")),
            ("/health/ready", None, None),
        ] {
            let request = Request::get(path).body(Body::empty()).unwrap();
            let answer = router.clone().oneshot(request).await.unwrap();
            let header = |name| answer.headers().get(name).map(|value| value.to_str().unwrap());
            assert_eq!((header("deprecation"), header("sunset")), (since, until), "{path}");
        }
    }
}
