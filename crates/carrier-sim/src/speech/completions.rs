//! `POST /v1/chat/completions`: what the script says that a language model would make of the conversation.

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};
use serde_json::{Value, json};

use super::error;
use super::labels::{matching, message_texts, offered};
use crate::calls::new_sid;
use crate::scripts::{Script, Speaker};
use crate::state::Sim;

/// A status that no business has.
const INVENTED_LABEL: &str = "Platinum Unicorn Stage 9";
/// What a model says that has no script to go by.
const DEFAULT_CONFIDENCE: f64 = 0.85;

pub(super) async fn complete(sim: web::Data<Sim>, request: web::Json<Value>) -> HttpResponse {
    let mut state = sim.state();
    if state.strikes(|faults| &mut faults.completion_500, "") {
        return error(
            StatusCode::INTERNAL_SERVER_ERROR,
            "The server had an error while processing your request",
        );
    }
    let texts = message_texts(&request);
    if texts.is_empty() {
        return error(StatusCode::BAD_REQUEST, "messages is missing or empty");
    }
    let invented = state.strikes(|faults| &mut faults.label_hallucinated, "");
    let prompt = texts.join("\n");
    let script = best_match(state.scripts.all(), &prompt);
    let mut content = script.map_or_else(
        || json!({"summary": "", "confidence": 0.0}),
        |script| answer(script, &offered(&request)),
    );
    if invented {
        content["recommendation"] = json!(INVENTED_LABEL);
    }
    let words = |text: &str| text.split_whitespace().count();
    let content = content.to_string();
    HttpResponse::Ok().json(json!({
        "id": new_sid("chatcmpl-"),
        "object": "chat.completion",
        "created": sim.clock.date(sim.clock.now()).timestamp(),
        "model": request["model"].as_str().unwrap_or("simulated"),
        "choices": [{
            "index": 0,
            "message": { "role": "assistant", "content": content, "refusal": null },
            "finish_reason": "stop",
        }],
        "usage": {
            "prompt_tokens": words(&prompt),
            "completion_tokens": words(&content),
            "total_tokens": words(&prompt) + words(&content),
        },
    }))
}

/// The script whose lines the prompt repeats the most of.
fn best_match<'a>(scripts: impl Iterator<Item = &'a Script>, prompt: &str) -> Option<&'a Script> {
    scripts
        .map(|script| {
            let repeated = script
                .transcript
                .iter()
                .filter(|line| prompt.contains(&line.text));
            (repeated.map(|line| line.text.len()).sum::<usize>(), script)
        })
        .filter(|(repeated, _)| *repeated > 0)
        .max_by_key(|(repeated, _)| *repeated)
        .map(|(_, script)| script)
}

fn answer(script: &Script, labels: &[String]) -> Value {
    let analysis = &script.analysis;
    let said: Vec<&str> = script
        .transcript
        .iter()
        .filter(|line| line.speaker == Speaker::Customer)
        .map(|line| line.text.as_str())
        .collect();
    let recommendation = analysis
        .recommendation
        .as_ref()
        .and_then(|wanted| matching(wanted, labels));
    json!({
        "summary": analysis.summary.clone().unwrap_or_else(|| said.join(" ")),
        "recommendation": recommendation,
        "confidence": analysis.confidence.unwrap_or(DEFAULT_CONFIDENCE),
        "service": analysis.service,
        "city": analysis.city,
        "next_step": analysis.next_step,
    })
}
