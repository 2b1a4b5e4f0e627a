//! What attacks the real program: faults, more load than it can take, hostile input, bugs, deliberate and drawn.

pub mod all;
pub mod edits;
pub mod fuzz;
pub mod mutants;
pub mod overload;
pub mod survivors;
pub mod torture;
