//! What attacks the real program: faults, more load than it can take, hostile input, deliberate bugs.

pub mod fuzz;
pub mod mutants;
pub mod overload;
pub mod torture;
