//! The timetable: which work is due at which time of day. Each instant is posted once, however many processes check it.

use std::sync::OnceLock;
use std::time::Duration;

use domain::clock::Timestamp;
use domain::id::SupplierName;
use jiff::civil::Time;
use jiff::tz::TimeZone;
use services::sync::{CheckStock, SyncCatalogue, SyncSupplier};
use services::{Error, Shop};

/// An instant missed by more than this (the shop was off) is left out: the next one covers its work.
const LATE_MAX: Duration = Duration::from_secs(30 * 60);

/// The times of full syncs, and the interval of stock checks.
#[derive(Clone, Debug)]
pub struct Timetable {
    zone: TimeZone,
    full_at: Vec<Time>,
    stock_every: Duration,
    /// The suppliers besides G2A, and the interval of each one's syncs.
    suppliers: Vec<(SupplierName, Duration)>,
    /// When this timetable was first checked: earlier instants were posted by another process, or are too late.
    since: OnceLock<Timestamp>,
}

impl Timetable {
    /// A full sync at each time of day of `full_at` (`HH:MM`), in the IANA zone `zone`, and a stock check every
    /// `stock_every` counted from midnight UTC, except where a full sync is due; none if it is zero.
    ///
    /// # Errors
    ///
    /// Names the zone or the time that is invalid.
    pub fn new(zone: &str, full_at: &[String], stock_every: Duration) -> Result<Self, String> {
        let zone = TimeZone::get(zone).map_err(|_| format!("{zone:?} is no time zone"))?;
        let time = |text: &String| text.parse().map_err(|_| format!("{text:?} is no time of day as HH:MM"));
        Ok(Self {
            zone,
            full_at: full_at.iter().map(time).collect::<Result<_, _>>()?,
            stock_every,
            suppliers: Vec::new(),
            since: OnceLock::new(),
        })
    }

    /// With a sync of each of these suppliers, counted from midnight UTC, in addition to those of G2A.
    #[must_use]
    pub fn with_suppliers(self, suppliers: Vec<(SupplierName, Duration)>) -> Self {
        Self { suppliers, ..self }
    }

    /// Whether full syncs have any time.
    #[must_use]
    pub const fn crawls(&self) -> bool {
        !self.full_at.is_empty()
    }

    /// Posts the work of the last half hour's instants, unless it was posted before.
    pub(crate) async fn post_due(&self, shop: &Shop) -> Result<(), Error> {
        for slot in self.due(shop.now()) {
            let job = SyncCatalogue { slot: slot.clone() };
            if shop
                .messages()
                .post_once(format!("sync_catalogue {slot}"), &job)
                .await?
            {
                tracing::info!(slot, "[Job] a full sync is due");
            }
        }
        if let Some(slot) = self.stock_due(shop.now()) {
            let job = CheckStock { slot: slot.clone() };
            if shop.messages().post_once(format!("check_stock {slot}"), &job).await? {
                tracing::info!(slot, "[Job] a stock check is due");
            }
        }
        for (supplier, every) in &self.suppliers {
            let Some(slot) = self.last_instant(*every, shop.now()) else {
                continue;
            };
            let (supplier, name) = (supplier.clone(), format!("sync_supplier {supplier} {slot}"));
            let job = SyncSupplier { supplier, slot };
            if shop.messages().post_once(name, &job).await? {
                tracing::info!(supplier = %job.supplier, slot = job.slot, "[Job] a sync of a supplier is due");
            }
        }
        Ok(())
    }

    /// The name of the last instant of a stock check, if it is after the first check of this timetable.
    fn stock_due(&self, now: Timestamp) -> Option<String> {
        let slot = self.last_instant(self.stock_every, now)?;
        let by_crawl = self.due(now).contains(&slot);
        (!by_crawl).then_some(slot)
    }

    /// The name of the last multiple of `every`, if it is after the first check of this timetable.
    fn last_instant(&self, every: Duration, now: Timestamp) -> Option<String> {
        let since = *self.since.get_or_init(|| now);
        let every = i64::try_from(every.as_micros()).ok().filter(|every| *every > 0)?;
        let at = now.as_micros().div_euclid(every) * every;
        let slot = jiff::Timestamp::from_microsecond(at).ok()?.to_zoned(TimeZone::UTC);
        let slot = slot.strftime("%Y-%m-%dT%H:%MZ").to_string();
        (Timestamp::from_micros(at) > since).then_some(slot)
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
            // A time that the clocks skip in spring is moved behind the gap; of one that they repeat, the first is
            // taken.
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

    const QUARTER: Duration = Duration::from_secs(15 * 60);

    fn at(text: &str) -> Timestamp {
        Timestamp::from_micros(text.parse::<jiff::Timestamp>().unwrap().as_microsecond())
    }

    #[test]
    fn an_instant_is_named_in_utc_and_due_for_half_an_hour() {
        let timetable = Timetable::new("Europe/Warsaw", &["02:00".to_owned(), "14:00".to_owned()], QUARTER).unwrap();
        assert_eq!(timetable.due(at("2026-11-23T01:05:00Z")), ["2026-11-23T01:00Z"]);
        assert!(timetable.due(at("2026-11-23T00:59:59Z")).is_empty());
        assert!(timetable.due(at("2026-11-23T01:31:00Z")).is_empty());
    }

    #[test]
    fn an_hour_that_spring_skips_is_due_once() {
        let timetable = Timetable::new("Europe/Warsaw", &["02:30".to_owned()], QUARTER).unwrap();
        assert_eq!(timetable.due(at("2026-03-29T01:35:00Z")), ["2026-03-29T01:30Z"]);
    }

    #[test]
    fn midnight_belongs_to_both_days() {
        let timetable = Timetable::new("UTC", &["23:50".to_owned()], QUARTER).unwrap();
        assert_eq!(timetable.due(at("2026-11-24T00:10:00Z")), ["2026-11-23T23:50Z"]);
    }

    #[test]
    fn what_is_no_time_or_zone_is_named() {
        assert!(
            Timetable::new("Mars/Olympus", &[], QUARTER)
                .unwrap_err()
                .contains("Mars/Olympus")
        );
        assert!(
            Timetable::new("UTC", &["25:00".to_owned()], QUARTER)
                .unwrap_err()
                .contains("25:00")
        );
    }

    #[test]
    fn a_stock_check_is_due_each_quarter_after_the_start_and_not_beside_a_crawl() {
        let timetable = Timetable::new("UTC", &["02:00".to_owned()], QUARTER).unwrap();
        let due = |text: &str| timetable.stock_due(at(text));
        assert_eq!(
            due("2026-11-23T01:20:00Z"),
            None,
            "the quarter began before this process did"
        );
        assert_eq!(due("2026-11-23T01:30:00Z").as_deref(), Some("2026-11-23T01:30Z"));
        assert_eq!(due("2026-11-23T01:44:59Z").as_deref(), Some("2026-11-23T01:30Z"));
        assert_eq!(due("2026-11-23T02:01:00Z"), None, "the crawl sees the stock too");
        assert_eq!(due("2026-11-23T02:15:00Z").as_deref(), Some("2026-11-23T02:15Z"));
    }
}
