//! What the processes that follow the events count: on from where a consumer stands, and sometimes once more, or
//! too far on. Which figures they are is drawn; of whose orders, the stories of the real consumer say.

use super::{
    Broken, Checked, Comes, Draw, Noun, Texts,
    consumers::{Followers, lease_us},
    draws::draws,
    rows, same,
};
use crate::{
    simulation::{Clients, Request, SYSTEM},
    stage::random::Random,
};
use domain::{CountFigures, Figure, FigureKind, Listed, Outcome, facts::Row as _, figures};
use model::Model;
use rows::{all, by, failed, same_rows, wrong};
use rusqlite::{Connection, Row};
use std::collections::BTreeMap;

const FIGURES: &str = "select kind, bucket, value from figures";

pub struct Figures;

impl Noun for Figures {
    fn draws(&self) -> &'static [Draw] {
        draws! {
            CountFigures, 4, Plain: |clients| (SYSTEM, clients.followers.count(&mut clients.random));
        }
    }

    fn ways(&self) -> &'static [(&'static str, Comes)] {
        &[(CountFigures::NAME, Comes::ByItself("a node counts what has happened"))]
    }

    fn learn(&self, clients: &mut Clients, _: &Request, outcome: &Outcome) -> Checked {
        if let Outcome::Figures(figures::Outcome::CountFigures(consumer)) = outcome {
            clients.followers.hear(consumer);
        }
        Ok(())
    }

    fn judge(&self, rows: &Connection, model: &Model) -> Checked {
        for place in &model.touched.figures {
            let sql = format!("{FIGURES} where kind = ?1 and bucket = ?2");
            let found = all(rows, &sql, [place.0.code(), place.1], figure).map_err(failed)?;
            same("a figure", found.first(), model.figures.get(place))?;
        }
        Ok(())
    }

    fn judge_all(&self, rows: &Connection, model: &Model) -> Checked {
        same_rows("figures", &by_place(rows)?, &model.figures)
    }

    fn texts(&self) -> Option<Texts> {
        let sql = "select kind, bucket, value from figures order by kind, bucket";
        let expected = |model: &Model| {
            let row = |figure: &Figure| {
                [figure.kind.code(), figure.bucket, figure.value]
                    .map(|cell| cell.to_string())
                    .to_vec()
            };
            model.figures.values().map(row).collect()
        };
        Some(Texts { sql, expected })
    }
}

fn by_place(rows: &Connection) -> Result<BTreeMap<figures::Place, Figure>, Broken> {
    by(all(rows, FIGURES, [], figure), Figure::key)
}

fn figure(row: &Row) -> rows::Read<Figure> {
    let kind = FigureKind::coded(row.get("kind")?).ok_or_else(|| wrong("kind"))?;
    Ok(Figure { kind, bucket: row.get("bucket")?, value: row.get("value")? })
}

impl Followers {
    fn count(&self, random: &mut Random) -> CountFigures {
        let (consumer, told) = self.consumer(random);
        let holder = self.holder(random, told, 850);
        let position = told.map_or(0, |told| told.position);
        let from = match random.below(10) {
            0 => (position - random.between(1, 3)).max(0),
            1 => position + random.between(1, 3),
            _ => position,
        };
        let to = match random.below(10) {
            0 => (from - random.between(1, 3)).max(0),
            _ => random.between(from, self.feed.max(from)),
        };
        let count = 1 + random.below(4);
        let figures = (0..count).map(|_| Figure {
            kind: FigureKind::ALL[random.below(FigureKind::ALL.len())],
            bucket: random.between(0, 5),
            value: random.between(-20, 20),
        });
        let figures = figures.collect();
        let (is_recount, lease_us) = (random.chance(100), lease_us(random));
        CountFigures { consumer, holder, from, to, figures, is_recount, lease_us }
    }
}
