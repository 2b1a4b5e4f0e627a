//! What a user knows of its cart, and so what it does with it next: it begins with an empty one, adds until
//! it is complete, and checks it out. Shops bound what one account may hold, so that no cart only grows.

use crate::{random::Random, scenario::Kind};

/// A cart that is filled line by line, and then again.
#[derive(Debug)]
pub struct Cart {
    lines: usize,
    /// How many units are added before it is checked out.
    full: usize,
    /// `None` while nobody knows what lies in it.
    added: Option<usize>,
    /// When this one is checked out.
    complete: usize,
    /// Where in the catalog its first product is.
    first: usize,
    is_new: bool,
}

impl Cart {
    pub fn new(lines: u32, adds: u32) -> Self {
        let (lines, adds) = (lines as usize, adds as usize);
        Self { lines, full: lines * adds, added: None, complete: 0, first: 0, is_new: true }
    }

    pub fn next(&self) -> Kind {
        match self.added {
            None => Kind::Clear,
            Some(added) if added < self.complete => Kind::Add,
            Some(_) => Kind::Checkout,
        }
    }

    /// Where in the catalog the product is that is added next. Its lines are neighbours there, so that they
    /// are of different products.
    pub fn place(&self) -> usize {
        self.first.wrapping_add(self.added.unwrap_or_default() % self.lines)
    }

    /// What came of a request: the status of its answer, if there was one.
    pub fn heed(&mut self, kind: Kind, status: Option<u16>, random: &mut Random) {
        match (kind, status) {
            (Kind::Clear | Kind::Checkout, Some(200..300)) => self.begin(random),
            (Kind::Add, Some(200..300)) => self.added = self.added.map(|added| added + 1),
            // Nothing was done: the same again.
            (_, Some(401 | 429 | 503)) => {}
            (Kind::Add | Kind::Checkout, _) => self.added = None,
            _ => {}
        }
    }

    /// The first one ends anywhere, so that not all users check out at the same time.
    fn begin(&mut self, random: &mut Random) {
        self.complete = if self.is_new { 1 + random.below(self.full) } else { self.full };
        self.is_new = false;
        self.first = random.next() as usize;
        self.added = Some(0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What the cart asks for, each answered in turn with a status, or not at all.
    fn asked(cart: &mut Cart, statuses: &[Option<u16>]) -> Vec<Kind> {
        let random = &mut Random::new(1);
        let mut asked = Vec::new();
        for status in statuses {
            asked.push(cart.next());
            cart.heed(cart.next(), *status, random);
        }
        asked
    }

    #[test]
    fn a_cart_is_emptied_filled_and_checked_out_again_and_again() {
        let mut cart = Cart::new(1, 1);
        let done = [Some(200), Some(200), Some(201), Some(200), Some(201)];
        let steps = [Kind::Clear, Kind::Add, Kind::Checkout, Kind::Add, Kind::Checkout];
        assert_eq!(asked(&mut cart, &done), steps);
        let mut cart = Cart::new(2, 3);
        let kinds = asked(&mut cart, &[Some(200); 50]);
        let ends: Vec<usize> = (0..50).filter(|at| kinds[*at] == Kind::Checkout).collect();
        assert!(ends[0] <= 7, "the first one is complete at some time: {ends:?}");
        assert!(
            ends.windows(2).all(|two| two[1] - two[0] == 7),
            "six adds, one checkout: {ends:?}"
        );
        assert_eq!(kinds.iter().filter(|kind| **kind == Kind::Clear).count(), 1);
    }

    #[test]
    fn first_carts_end_at_different_times() {
        let mut random = Random::new(1);
        let ends: std::collections::BTreeSet<usize> = (0..100)
            .map(|_| {
                let mut cart = Cart::new(5, 20);
                cart.begin(&mut random);
                cart.complete
            })
            .collect();
        assert!(ends.len() > 40 && ends.iter().all(|end| (1..=100).contains(end)), "{ends:?}");
    }

    #[test]
    fn the_lines_of_a_cart_are_added_to_in_turn_and_the_next_cart_has_others() {
        let (mut cart, mut random) = (Cart::new(3, 2), Random::new(1));
        cart.begin(&mut random);
        let first = cart.first;
        let places: Vec<usize> = (0..6)
            .map(|_| {
                let place = cart.place();
                cart.heed(Kind::Add, Some(200), &mut random);
                place.wrapping_sub(first)
            })
            .collect();
        assert_eq!(places, [0, 1, 2, 0, 1, 2]);
        cart.heed(Kind::Checkout, Some(201), &mut random);
        assert_ne!(cart.place(), first);
    }

    #[test]
    fn what_was_not_begun_is_asked_for_again_and_after_anything_else_the_cart_is_emptied() {
        for kind in [Kind::Add, Kind::Checkout] {
            for status in [401, 429, 503] {
                let mut cart = Cart::new(1, 1);
                let filled = if kind == Kind::Add { &[Some(200)][..] } else { &[Some(200); 2] };
                asked(&mut cart, filled);
                assert_eq!(asked(&mut cart, &[Some(status); 2]), [kind; 2], "{status}");
                let lost = if status == 401 { None } else { Some(409) };
                assert_eq!(asked(&mut cart, &[lost, Some(200)]), [kind, Kind::Clear], "{lost:?}");
            }
        }
        let mut cart = Cart::new(1, 1);
        assert_eq!(asked(&mut cart, &[None, Some(500), Some(404)]), [Kind::Clear; 3]);
    }
}
