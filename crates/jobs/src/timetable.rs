//! The timetable: which work is due at which time of day, each instant posted once however many processes look.

use std::time::Duration;

use domain::clock::Timestamp;
use domain::message::Message;
use jiff::civil::Time;
use jiff::tz::TimeZone;
use services::{Error, Shop};

/// An instant missed by more than this (the shop was off) is left out: the next one does its work.
const LATE_MAX: Duration = Duration::from_secs(30 * 60);

/// When the catalogue is read in full.
#[derive(Clone, Debug)]
pub struct Timetable {
    zone: TimeZone,
    full_at: Vec<Time>,
}

impl Timetable {
    /// A full sync at each time of day of `full_at` (`HH:MM`), in the IANA zone `zone`.
    ///
    /// # Errors
    /// Names the zone or the time that is none.
    pub fn new(zone: &str, full_at: &[String]) -> Result<Self, String> {
        let zone = TimeZone::get(zone).map_err(|_| format!("{zone:?} is no time zone"))?;
        let time = |text: &String| text.parse().map_err(|_| format!("{text:?} is no time of day as HH:MM"));
        Ok(Self {
            zone,
            full_at: full_at.iter().map(time).collect::<Result<_, _>>()?,
        })
    }

    /// Posts the work whose instant came within the last half hour, unless it was posted before.
    pub(crate) async fn post_due(&self, shop: &Shop) -> Result<(), Error> {
        for slot in self.due(shop.now()) {
            let message = Message::SyncCatalogue { slot: slot.clone() };
            if shop.post_once(format!("sync_catalogue {slot}"), message).await? {
                tracing::info!(slot, "[Job] a full sync is due");
            }
        }
        Ok(())
    }

    /// The names of the instants between `now` and half an hour before, in UTC: `2026-11-23T02:00Z`.
    fn due(&self, now: Timestamp) -> Vec<String> {
        let Ok(instant) = jiff::Timestamp::from_microsecond(now.as_micros()) else {
            return Vec::new();
        };
        let today = instant.to_zoned(self.zone.clone()).date();
        let days = [today, today.yesterday().unwrap_or(today)];
        let mut due = Vec::new();
        for (day, time) in days
            .iter()
            .flat_map(|day| self.full_at.iter().map(move |time| (*day, *time)))
        {
            // A time that the clocks skip in spring falls on the moment after the gap; one that they repeat, on the first.
            let Ok(zoned) = day.to_datetime(time).to_zoned(self.zone.clone()) else {
                continue;
            };
            let at = Timestamp::from_micros(zoned.timestamp().as_microsecond());
            if at <= now && now.since(at) <= LATE_MAX {
                due.push(format!(
                    "{}Z",
                    zoned.with_time_zone(TimeZone::UTC).strftime("%Y-%m-%dT%H:%M")
                ));
            }
        }
        due.sort_unstable();
        due.dedup();
        due
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        Timestamp::from_micros(text.parse::<jiff::Timestamp>().unwrap().as_microsecond())
    }

    #[test]
    fn an_instant_is_named_in_utc_and_due_for_half_an_hour() {
        let timetable = Timetable::new("Europe/Warsaw", &["02:00".to_owned(), "14:00".to_owned()]).unwrap();
        assert_eq!(timetable.due(at("2026-11-23T01:05:00Z")), ["2026-11-23T01:00Z"]);
        assert!(timetable.due(at("2026-11-23T00:59:59Z")).is_empty());
        assert!(timetable.due(at("2026-11-23T01:31:00Z")).is_empty());
    }

    #[test]
    fn an_hour_that_spring_skips_is_due_once() {
        let timetable = Timetable::new("Europe/Warsaw", &["02:30".to_owned()]).unwrap();
        assert_eq!(timetable.due(at("2026-03-29T01:35:00Z")), ["2026-03-29T01:30Z"]);
    }

    #[test]
    fn midnight_belongs_to_both_days() {
        let timetable = Timetable::new("UTC", &["23:50".to_owned()]).unwrap();
        assert_eq!(timetable.due(at("2026-11-24T00:10:00Z")), ["2026-11-23T23:50Z"]);
    }

    #[test]
    fn what_is_no_time_or_zone_is_named() {
        assert!(
            Timetable::new("Mars/Olympus", &[])
                .unwrap_err()
                .contains("Mars/Olympus")
        );
        assert!(
            Timetable::new("UTC", &["25:00".to_owned()])
                .unwrap_err()
                .contains("25:00")
        );
    }
}
