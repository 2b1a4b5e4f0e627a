//! What measurements and attacks stand on: shops and servers, mail servers, processes, mounts, engines, dice.

pub mod baskets;
pub mod bulk;
pub mod catalogs;
pub mod durations;
pub mod engines;
pub mod holders;
pub mod letters;
pub mod mounts;
pub mod processes;
pub mod random;
pub mod servers;
pub mod sessions;
pub mod shops;
pub mod sites;
pub mod texts;
