//! How far the clock of a service is from ours, told by its refusals.

use http::StatusCode;
use http::header::WWW_AUTHENTICATE;

use crate::clock::time_told;
use crate::transport::Arrival;

/// A 401 with clocks that are no further apart, in seconds, has another cause.
const APART: i64 = 60;

/// The word by which a service says that the time was the fault (the extension "OAuth Problem
/// Reporting"), in a header or a form.
const REFUSED: &str = "timestamp_refused";

/// Bytes of a body that are searched for that word.
const SEARCHED: usize = 4096;

/// Seconds to add to our clock so that it agrees with that of a service which refused a request
/// signed at `timestamp` (seconds since 1970 UTC). `None`: the time was not the fault, or the
/// service does not say what time it is.
pub(crate) fn correction(arrival: &Arrival, timestamp: i64) -> Option<i64> {
    if arrival.status.is_success() || arrival.status.is_redirection() {
        return None;
    }
    let searched = &arrival.body[..arrival.body.len().min(SEARCHED)];
    let body = String::from_utf8_lossy(searched);
    let headers = arrival.headers.get_all(WWW_AUTHENTICATE);
    let challenges = headers
        .iter()
        .map(|value| String::from_utf8_lossy(value.as_bytes()));
    let texts: Vec<_> = challenges.chain([body]).collect();
    if texts.iter().any(|text| text.contains(REFUSED)) {
        // The word and the times need not stand in the same place.
        let acceptable = || texts.iter().find_map(|text| middle_of_acceptable(text));
        let there = date(arrival).or_else(acceptable)?;
        return Some(there - timestamp).filter(|apart| *apart != 0);
    }
    let apart = date(arrival)? - timestamp;
    (arrival.status == StatusCode::UNAUTHORIZED && apart.abs() > APART).then_some(apart)
}

/// When the reply was made, by the clock of the service.
fn date(arrival: &Arrival) -> Option<i64> {
    time_told(&arrival.headers).map(|milliseconds| milliseconds / 1000)
}

/// `oauth_acceptable_timestamps=EARLIEST-LATEST`.
fn middle_of_acceptable(text: &str) -> Option<i64> {
    let (_, rest) = text.split_once("oauth_acceptable_timestamps=")?;
    let rest = rest.trim_start_matches('"');
    let end = rest
        .find(|c: char| !c.is_ascii_digit() && c != '-')
        .unwrap_or(rest.len());
    let (earliest, latest) = rest[..end].split_once('-')?;
    let (earliest, latest) = (earliest.parse::<i64>().ok()?, latest.parse::<i64>().ok()?);
    (earliest <= latest).then(|| earliest + (latest - earliest) / 2)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]
    use http::{HeaderMap, HeaderName, HeaderValue};
    use url::Url;

    use super::*;

    /// 1994-11-06 08:49:37 UTC.
    const THEN: i64 = 784_111_777;
    const DATE_THEN: &str = "Sun, 06 Nov 1994 08:49:37 GMT";

    fn found(status: u16, headers: &[(&str, &str)], body: &str, timestamp: i64) -> Option<i64> {
        let headers = headers.iter().map(|(name, value)| {
            (
                HeaderName::try_from(*name).unwrap(),
                HeaderValue::from_str(value).unwrap(),
            )
        });
        let arrival = Arrival {
            status: StatusCode::from_u16(status).unwrap(),
            headers: HeaderMap::from_iter(headers),
            body: body.as_bytes().to_vec(),
            url: Url::parse("https://api.example.com/").unwrap(),
            hops: 0,
            authenticated: true,
        };
        correction(&arrival, timestamp)
    }

    #[test]
    fn a_401_with_a_distant_date_is_the_clock_s_fault() {
        let date = [("date", DATE_THEN)];
        assert_eq!(found(401, &date, "", THEN - 3600), Some(3600));
        assert_eq!(found(401, &date, "", THEN + 61), Some(-61));
        assert_eq!(found(401, &date, "", THEN + 60), None);
        for status in [200, 304, 400, 403, 500] {
            assert_eq!(found(status, &date, "", THEN - 3600), None, "{status}");
        }
        assert_eq!(found(401, &[], "", THEN), None);
        assert_eq!(found(401, &[("date", "yesterday")], "", 0), None);
    }

    #[test]
    fn a_refused_timestamp_is_corrected_whatever_the_status() {
        let form = "oauth_problem=timestamp_refused&oauth_acceptable_timestamps=1000-1600";
        let date = [("date", DATE_THEN)];
        assert_eq!(found(400, &date, form, THEN - 10), Some(10));
        assert_eq!(found(400, &date, form, THEN), None);
        assert_eq!(found(401, &[], form, 0), Some(1300));
        let challenge =
            r#"OAuth oauth_problem="timestamp_refused", oauth_acceptable_timestamps="1000-1600""#;
        assert_eq!(
            found(401, &[("www-authenticate", challenge)], "", 0),
            Some(1300)
        );
        let word = r#"OAuth oauth_problem="timestamp_refused""#;
        assert_eq!(
            found(401, &[("www-authenticate", word)], form, 0),
            Some(1300)
        );
        for unclear in [
            "",
            "&oauth_acceptable_timestamps=9-3",
            "&oauth_acceptable_timestamps=x",
        ] {
            let form = format!("oauth_problem=timestamp_refused{unclear}");
            assert_eq!(found(401, &[], &form, 0), None, "{unclear}");
        }
        assert_eq!(found(200, &date, form, 0), None);
    }
}
