//! An order without chance, for what is taught one text after the other.
//!
//! This file is compiled into the build scripts that teach.

/// The same order for the same round, always (xorshift, Marsaglia 2003).
pub(crate) fn shuffle(order: &mut [usize], round: u64) {
    let mut state = round.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    for last in (1..order.len()).rev() {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        order.swap(last, (state % (last as u64 + 1)) as usize);
    }
}
