//! What is measured: the physical limit, the store alone, the whole program, and what each order
//! costs. The same clients meet all of them.

pub mod alone;
pub mod bench;
pub mod crowd;
pub mod figures;
pub mod limit;
pub mod meters;
