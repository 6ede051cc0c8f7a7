#![doc = include_str!("../README.md")]

mod arguments;
mod commands;
mod context;
mod failure;
mod jsonl;
mod lexicon;
mod output;
mod progress;
mod yaml;

use std::process::ExitCode;

use clap::Parser as _;

fn main() -> ExitCode {
    match arguments::Callboard::try_parse() {
        Ok(callboard) => failure::exit_code(commands::run(callboard)),
        Err(refusal) => failure::bad_usage(&refusal),
    }
}
