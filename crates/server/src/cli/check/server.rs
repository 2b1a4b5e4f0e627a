//! What the database says of itself, beside what the shop asks of it.

use super::{Problem, problem};
use crate::{keys::now, settings::Settings};
use domain::Micros;
use store::{Condition, Location};

/// The writer, and one for whoever migrates, audits or looks.
const BESIDE_READERS: u32 = 2;
/// More than a network takes, and less than anybody notices.
const MOST_APART: i64 = 2 * Micros::SECOND;

pub fn unfit(settings: &Settings, location: &Location, condition: &Condition) -> Vec<Problem> {
    let mut problems = Vec::new();
    problems.extend(condition.loses_by.iter().map(|name| {
        problem(
            format!("Postgres is set to {name} = off: what it has acknowledged is lost when its machine stops"),
            "Set fsync = on and full_page_writes = on in postgresql.conf, and reload it.",
        )
    }));
    let wanted = u32::try_from(settings.database_connections).unwrap_or(u32::MAX);
    let wanted = wanted.saturating_add(BESIDE_READERS);
    if let Some(most) = condition.connections
        && wanted > most
    {
        problems.push(problem(
            format!("this node takes {wanted} connections (database_connections and {BESIDE_READERS}), and Postgres lets all together have {most}"),
            "Lower SUTLER_DATABASE_CONNECTIONS, or raise max_connections of Postgres: each node and each worker counts.",
        ));
    }
    let ahead = now().0 - condition.clock.0;
    let is_wrong = match location {
        // It was written some time ago.
        Location::Sqlite(_) => -ahead > MOST_APART,
        Location::Postgres(_) => ahead.abs() > MOST_APART,
    };
    if is_wrong {
        let (how, whom) = match (ahead > 0, location) {
            (true, _) => ("ahead of", "that of Postgres"),
            (false, Location::Postgres(_)) => ("behind", "that of Postgres"),
            (false, Location::Sqlite(_)) => ("behind", "the last time that was written"),
        };
        problems.push(problem(
            format!("this machine's clock is {} s {how} {whom}", ahead.abs() / Micros::SECOND),
            "Let chrony or systemd-timesyncd keep the time, on every machine of the shop.",
        ));
    }
    problems
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_server_says_of_itself_is_held_against_what_is_asked_of_it() {
        let settings = |flags: &[(&str, &str)]| {
            let flags: Vec<_> =
                flags.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned())).collect();
            Settings::resolve(None, &[], &flags).unwrap()
        };
        let (file, server) = ("sqlite://shop.db", "postgres://shop@localhost/shop");
        let found = |place: &str, connections: &str, condition: Condition| {
            let settings = settings(&[("database_connections", connections)]);
            let found = unfit(&settings, &place.parse().unwrap(), &condition);
            found.into_iter().map(|problem| problem.what).collect::<Vec<_>>()
        };
        let fit = || Condition { clock: now(), connections: Some(97), loses_by: Vec::new() };
        let clock =
            |seconds| Condition { clock: Micros(now().0 + seconds * Micros::SECOND), ..fit() };
        assert_eq!(found(server, "95", fit()), [""; 0]);
        assert!(found(server, "96", fit())[0].contains("98 connections"));
        let broken = Condition { loses_by: vec!["fsync".to_owned()], ..fit() };
        assert!(found(server, "4", broken)[0].contains("fsync = off"));
        for (place, seconds, told) in [
            (server, 1, None),
            (server, 100, Some("s behind that of Postgres")),
            (server, -100, Some("s ahead of that of Postgres")),
            (file, 100, Some("s behind the last time that was written")),
            (file, -100, None),
        ] {
            let found = found(place, "4", clock(seconds));
            assert_eq!(found.len(), usize::from(told.is_some()), "{place} {seconds} {found:?}");
            assert!(found.iter().all(|what| what.contains(told.unwrap())), "{found:?}");
        }
    }
}
