//! The whole city against the simulator.

mod bad_weather;
mod gates;
mod opt_out;
mod run;
mod wishes;
mod world;
