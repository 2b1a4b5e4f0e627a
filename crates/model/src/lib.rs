//! The model: what a shop should hold and answer, told a second time. It borrows the domain's plain
//! values and shares no code with its rules. The domain's laws ask it command by command, the
//! simulation tells it of each commit; both compare.

mod kept;
mod modelled;
mod nouns;

pub use kept::Kept;
pub use modelled::{Expected, Modelled};
pub use nouns::{Model, Told, Touched, is_a_move};

use domain::{
    Action, Caller, Command, Context, Done, IdempotencyKey, Micros, Outcome, Refusal, Refused,
};

/// What a command should come to: its end, or everything that is wrong with it. The shop may name any
/// one of these, and nothing else.
pub type End = Result<Done<Outcome, Kept>, Vec<Refused<Refusal>>>;
/// Orders and all other commands keep their keys apart.
pub type Place = (bool, Caller, IdempotencyKey);

/// What was done under a key.
#[derive(Clone, Debug)]
pub struct Deed {
    /// None if it is forgotten: then anything is answered so.
    request: Option<Action>,
    pub kept: Kept,
    pub at: Micros,
}

impl Model {
    /// One batch that was committed at this time, command by command.
    pub fn commit<'c>(
        &mut self,
        commands: impl Iterator<Item = &'c Command>,
        now: Micros,
    ) -> Vec<End> {
        self.touched = Touched::default();
        let (entries, events, trail) = (self.entries.len(), self.events.len(), self.trail.len());
        let mut ends: Vec<End> = commands.map(|command| self.expect(command, now)).collect();
        self.enter_sales(now);
        self.number(&mut ends);
        self.touched.entries = self.entries.len() - entries;
        self.touched.events = self.events.len() - events;
        self.touched.trail = self.trail.len() - trail;
        ends
    }

    /// One command, as it is decided and not yet committed.
    pub fn expect(&mut self, command: &Command, now: Micros) -> End {
        if self.is_shut_out(command.who.actor) {
            return Err(vec![Refused::ShutOut]);
        }
        let mut request = command.action.clone();
        request.strip();
        let place = command.who.once.as_ref().map(|once| place(command, &once.key));
        if let Some(deed) = place.as_ref().and_then(|place| self.done.get(place)) {
            return match &deed.request {
                Some(before) if *before != request => Err(vec![Refused::KeyReused]),
                Some(_) | None => Ok(Done::Before(deed.kept.clone())),
            };
        }
        let context = Context { who: &command.who, now };
        let ended = command.action.expect(self, context);
        let refused = |wrong: Vec<_>| wrong.into_iter().map(Refused::ByRule).collect::<Vec<_>>();
        let outcome = ended.map_err(refused)?;
        if let (Some(place), Some(kept)) = (place, Action::kept_of(&outcome)) {
            // An order's key lies on its own row.
            if !place.0 {
                self.touched.deeds.push(place.clone());
            }
            self.done.insert(place, Deed { request: Some(request), kept, at: now });
        }
        Ok(Done::Now(outcome))
    }

    /// What was asked for under the key of an order is nobody's to guess any more.
    fn forget_request(&mut self, owner: Caller, key: &IdempotencyKey) {
        if let Some(deed) = self.done.get_mut(&(true, owner, key.clone())) {
            deed.request = None;
        }
    }

    /// Spoils what is kept under the key that is picked out of so many: nobody can read it any more.
    pub fn keep_unreadably(
        &mut self,
        pick: impl FnOnce(usize) -> usize,
    ) -> Option<(Caller, IdempotencyKey)> {
        let traces: Vec<_> = self.done.iter_mut().filter(|((is_order, ..), _)| !is_order).collect();
        let picked = pick(traces.len());
        let ((_, caller, key), deed) = traces.into_iter().nth(picked)?;
        deed.kept = Kept::Unreadable;
        Some((*caller, key.clone()))
    }
}

fn place(command: &Command, key: &IdempotencyKey) -> Place {
    use domain::{
        carts::Action::Checkout,
        orders::Action::{HandOver, PlaceOrder},
    };
    let caller = command.who.actor.caller;
    let (is_order, keeper) = match &command.action {
        Action::Orders(PlaceOrder(_)) | Action::Carts(Checkout(_)) => (true, caller),
        Action::Orders(HandOver(order)) => (true, Caller::channel(&order.channel)),
        _ => (false, caller),
    };
    (is_order, keeper, key.clone())
}

fn refused_if_any<R>(refusals: Vec<R>) -> Result<(), Vec<R>> {
    if refusals.is_empty() { Ok(()) } else { Err(refusals) }
}
