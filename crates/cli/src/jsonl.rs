//! Commands that turn lines of JSON into lines of JSON, stdin to stdout.

use std::io::{BufRead, BufReader, BufWriter, Write, stdin, stdout};

use anyhow::anyhow;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::failure::{Ended, one_line};
use crate::output;

/// Answers each line of stdin by one line on stdout. A line that cannot be read is told on stderr by its number; the others
/// are answered all the same.
///
/// # Errors
/// When stdin cannot be read or stdout written.
pub(crate) async fn each<I, O>(
    mut answer: impl AsyncFnMut(I) -> anyhow::Result<O>,
) -> anyhow::Result<Ended>
where
    I: DeserializeOwned,
    O: Serialize,
{
    let mut input = BufReader::new(stdin().lock());
    let mut out = BufWriter::new(stdout().lock());
    let (mut number, mut bad) = (0_u64, 0_u64);
    let mut line = Vec::new();
    loop {
        line.clear();
        if input.read_until(b'\n', &mut line)? == 0 {
            break;
        }
        number += 1;
        let text = line
            .strip_prefix(b"\xef\xbb\xbf".as_slice())
            .unwrap_or(&line)
            .trim_ascii();
        if !text.is_empty() {
            let answered = match serde_json::from_slice(text) {
                Ok(question) => answer(question).await,
                Err(error) if error.is_data() => Err(error.into()),
                Err(error) => Err(anyhow!("this is not JSON: {error}")),
            };
            match answered {
                Ok(answer) => {
                    serde_json::to_writer(&mut out, &answer)?;
                    out.write_all(b"\n")?;
                }
                Err(error) => {
                    bad += 1;
                    // To serde each line is a document of its own.
                    let what = one_line(&format!("{error:#}"))
                        .replace(" at line 1 column ", " at column ");
                    output::note(format_args!("error: line {number}: {what}"));
                }
            }
        }
        // A program that waits for each answer gets it before it sends the next line.
        if input.buffer().is_empty() {
            out.flush()?;
        }
    }
    out.flush()?;
    Ok(Ended::well_if(bad == 0))
}
