//! What of a block's own is asked about after a load (protocol §5): it was written under an older
//! generation, somebody else has loaded the customer meanwhile, and the load did not contain it.

use crate::archive::asked::{Own, own_after_load};
use crate::guards::Guards;
use crate::ids::Generation;
use crate::join::operation::{Marks, Version};

/// What the customer is asked.
#[derive(Clone, Copy)]
enum About {
    /// Is it still to be done?
    Order,
    /// Was the wish to cancel his?
    Cancellation,
}

/// The marks of our own operation after a load under `loaded`, and how many questions were added.
/// `theirs` is what the load brought of it, `elsewhere` the newest generation under which another
/// had loaded the customer.
pub fn after_load(
    mine: &Version,
    theirs: Option<&Version>,
    loaded: Generation,
    elsewhere: Option<Generation>,
    guards: Guards,
) -> (Marks, usize) {
    let mut marks = mine.marks;
    if mine.state.is_final() || mine.generation >= loaded {
        return (marks, 0);
    }
    let told = theirs.map(|theirs| theirs.marks).unwrap_or_default();
    let cancelled_here = marks.cancel_requested && !told.cancel_requested;
    // An answer that somebody gave here while another served him counts as little as the order.
    let answered_here = marks.asked.answered > told.asked.answered;
    let yes_here = marks.cancel_asked.answered > told.cancel_asked.answered;
    let questions = [
        (theirs.is_none(), Own::Operation, About::Order),
        (answered_here, Own::Operation, About::Order),
        (yes_here, Own::Operation, About::Cancellation),
        (cancelled_here, Own::Cancellation, About::Cancellation),
    ];
    let mut asked = 0;
    for (_, own, about) in questions.into_iter().filter(|(holds, ..)| *holds) {
        let because = own_after_load(own, mine.generation, loaded, elsewhere, guards);
        let Some(because) = because else { continue };
        match about {
            About::Order => marks.asked = marks.asked.because_of(because),
            About::Cancellation => marks.cancel_asked = marks.cancel_asked.because_of(because),
        }
        marks.cancel_requested &= own != Own::Cancellation;
        asked += 1;
    }
    (marks, asked)
}

#[cfg(test)]
#[path = "tests/own.rs"]
mod tests;
