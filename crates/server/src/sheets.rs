//! Sheets: what people carry in and out in files of comma separated values, for spreadsheets and other shops.
//! Over HTTP and the command line alike; none of it is ever in memory as a whole.

pub mod cells;
pub mod customers;
pub mod exports;
pub mod imports;
pub mod lines;
mod paces;
pub mod products;
pub mod spools;
pub mod stock;
