//! While nothing is exported, traces cost nothing that could be measured per call.

use observe::trace;
use tracing::Span;

#[test]
fn nothing_is_made_for_traces() {
    let span = Span::none();
    let made = allocation_counter::measure(|| {
        for _ in 0..1_000 {
            assert_eq!(trace::parent(), None);
            assert_eq!(trace::of(&span), None);
            assert_eq!(trace::current_id(), None);
            assert_eq!(trace::parent_for(Some("speech.internal")), None);
            trace::follow(
                &span,
                Some("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"),
            );
        }
    });
    assert_eq!(made.count_total, 0);
}
