//! Figures that a consumer of the events keeps, as they should be: counted once.

use crate::{Expected, Model, Modelled, modelled::modelled, refused_if_any};
use domain::{Consumer, Context, CountFigures, Figure, Micros, facts::Row, figures::CountRefusal};

impl Modelled for CountFigures {
    /// For who holds the consumer, from where it stands.
    fn expect(&self, model: &mut Model, Context { now, .. }: Context) -> Expected<Self> {
        let Some(consumer) = model.consumers.get(&self.consumer).cloned() else {
            return Err(vec![CountRefusal::LeaseLost]);
        };
        let position = consumer.position;
        let mut wrong = vec![];
        if consumer.holder != self.holder {
            wrong.push(CountRefusal::LeaseLost);
        }
        if self.from != position {
            wrong.push(CountRefusal::Elsewhere { position });
        }
        if self.to < position {
            wrong.push(CountRefusal::GoesBack { position });
        }
        refused_if_any(wrong)?;
        for figure in &self.figures {
            let before = model.figures.get(&figure.key()).map_or(0, |kept| kept.value);
            let value = if self.is_recount { figure.value } else { before + figure.value };
            model.figures.insert(figure.key(), Figure { value, ..*figure });
            model.touched.figures.insert(figure.key());
        }
        let leased_until = Micros(now.0 + self.lease_us);
        Ok(model.follow(Consumer { position: self.to, leased_until, seen_at: now, ..consumer }))
    }
}

modelled!(figures: CountFigures(CountFigures));
