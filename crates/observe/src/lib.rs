#![doc = include_str!("../README.md")]

mod metric;
pub mod trace;

pub use metric::{Kind, Label, Metric, describe};
