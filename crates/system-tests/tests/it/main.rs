//! The whole city against the simulator.

mod bad_weather;
mod opt_out;
mod run;
mod wishes;
mod world;
