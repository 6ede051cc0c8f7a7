//! `POST /v1/audio/transcriptions`: what was said in a recording of this carrier.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use serde_json::{Value, json};

use super::error;
use super::multipart::Form;
use crate::recordings::Heard;
use crate::scripts::Speaker;
use crate::state::Sim;

pub(super) async fn transcribe(
    request: HttpRequest,
    sim: web::Data<Sim>,
    body: web::Bytes,
) -> HttpResponse {
    let mut state = sim.state();
    if state.strikes(|faults| &mut faults.transcription_500, "") {
        return error(
            StatusCode::INTERNAL_SERVER_ERROR,
            "The server had an error while processing your request",
        );
    }
    let content_type = request
        .headers()
        .get("content-type")
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    let Some(form) = Form::read(content_type, &body) else {
        return error(
            StatusCode::BAD_REQUEST,
            "The body is not multipart/form-data",
        );
    };
    let Some(audio) = form.bytes("file") else {
        return error(StatusCode::BAD_REQUEST, "The part 'file' is missing");
    };
    if form.text("model").is_none() {
        return error(StatusCode::BAD_REQUEST, "The part 'model' is missing");
    }
    let Some(heard) = state.recordings.recognise(audio) else {
        return error(
            StatusCode::BAD_REQUEST,
            "This audio is not a recording of this simulator",
        );
    };
    let segments = segments(&heard);
    let text = text_of(&segments);
    match form.text("response_format").unwrap_or("json") {
        "text" => HttpResponse::Ok()
            .content_type("text/plain; charset=utf-8")
            .body(text),
        "json" => HttpResponse::Ok().json(json!({ "text": text })),
        "verbose_json" => HttpResponse::Ok().json(json!({
            "task": "transcribe",
            "language": language_name(&heard.recording.language),
            "duration": f64::from(heard.recording.seconds).min(heard.seconds.end - heard.seconds.start),
            "text": text,
            "segments": segments,
        })),
        other => error(
            StatusCode::BAD_REQUEST,
            &format!("response_format {other} is not supported here"),
        ),
    }
}

fn text_of(segments: &[Value]) -> String {
    let lines: Vec<&str> = segments
        .iter()
        .filter_map(|segment| segment["text"].as_str())
        .collect();
    lines.join(" ")
}

/// Lines spread over the recording by their length; of them those that begin in the audio that is heard, at their times in it.
/// `speaker` is what servers that tell voices apart add.
fn segments(heard: &Heard<'_>) -> Vec<Value> {
    let length = |text: &str| text.chars().count().max(1) as f64;
    let lines = &heard.recording.lines;
    let total: f64 = lines.iter().map(|line| length(&line.text)).sum();
    let mut next = 0.0;
    let mut found = Vec::new();
    for line in lines {
        let start = next;
        next += length(&line.text) / total * f64::from(heard.recording.seconds);
        let is_heard = heard.speaker.is_none_or(|speaker| speaker == line.speaker);
        if !is_heard || !heard.seconds.contains(&start) {
            continue;
        }
        found.push(json!({
            "id": found.len(),
            "seek": 0,
            "start": start - heard.seconds.start,
            "end": next - heard.seconds.start,
            "text": line.text,
            "tokens": [],
            "temperature": 0.0,
            "avg_logprob": -0.2,
            "compression_ratio": 1.2,
            "no_speech_prob": 0.01,
            "speaker": match line.speaker {
                Speaker::Agent => "agent",
                Speaker::Customer => "customer",
            },
        }));
    }
    found
}

/// The speech service names languages in English.
fn language_name(code: &str) -> &str {
    match code.split('-').next().unwrap_or(code) {
        "he" | "iw" => "hebrew",
        "en" => "english",
        "ar" => "arabic",
        "ru" => "russian",
        _ => code,
    }
}
